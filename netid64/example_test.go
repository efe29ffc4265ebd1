package netid64_test

import (
	"errors"
	"fmt"

	"github.com/orbitring/orbit/netid64"
)

func Example() {
	id := netid64.Make(7, 42, 1000)
	fmt.Println(id.Kind(), id.Node(), id.Counter())
	fmt.Println(id)
	fmt.Println(id.Hex())
	fmt.Printf("% x\n", id.AppendBytes(nil))
	fmt.Println(uint64(id))
	fmt.Printf("%#v\n", id)
	// Output:
	// 7 42 1000
	// 7:42:1000
	// 0x07002a00000003e8
	// 07 00 2a 00 00 00 03 e8
	// 504449337753863144
	// netid64.ID(0x07002a00000003e8 /* 7:42:1000 */)
}

func ExampleMake_wrap() {
	const position = netid64.CounterMask + 3
	fmt.Println(netid64.Make(7, 42, position))
	// Output:
	// 7:42:2
}

func ExampleParse() {
	decimal, _ := netid64.Parse("7:42:1000")
	hex, _ := netid64.Parse("0x07002a00000003e8")
	fmt.Println(decimal == hex)

	_, err := netid64.Parse("7:42")
	fmt.Println(err)
	// Output:
	// true
	// netid64: parse "7:42": text has 2 parts, not 3; accepted: kind:node:counter in decimal without leading zeros (7:42:1000), or 0x and 1 to 16 hex digits
}

func ExampleParseError() {
	_, err := netid64.Parse("7:70000:1000")
	fmt.Println(err)

	var detail *netid64.ParseError
	if errors.Is(err, netid64.ErrRange) && errors.As(err, &detail) {
		fmt.Println(detail.Field, detail.Value, detail.Limit)
	}
	// Output:
	// netid64: parse "7:70000:1000": node "70000" is above the limit 65535
	// node 70000 65535
}

func ExampleFromBytes() {
	id, err := netid64.FromBytes([]byte{7, 0, 42, 0, 0, 0, 3, 232})
	fmt.Println(id, err)

	_, err = netid64.FromBytes([]byte{7, 0, 42})
	fmt.Println(err)
	// Output:
	// 7:42:1000 <nil>
	// netid64: wrong length: got 3 bytes, an id is exactly 8
}
