package contest_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

// claimant joins the fleet args[0] of size args[1] as node args[2] and does what
// it hears: "claim SUBJECT OWNER MILLISECONDS", "renew MILLISECONDS", "release".
func claimant(p *fleettest.Parent, args []string) error {
	size, _ := strconv.Atoi(args[1])
	node, _ := strconv.Atoi(args[2])
	f, err := fleet.JoinShared(args[0], fleet.Options{Size: size, Node: fleet.Node(node)})
	if err != nil {
		return err
	}
	defer f.Close()
	c := &clock{}
	table, err := contest.Open(f, contest.Options{Clock: c.read})
	if err != nil {
		return err
	}
	p.Say("ready")
	var g contest.Guard
	for line, ok := p.Hear(); ok; line, ok = p.Hear() {
		words := strings.Fields(line)
		number := func(i int) time.Duration {
			n, _ := strconv.Atoi(words[i])
			return time.Duration(n) * ms
		}
		c.now = number(1)
		switch words[0] {
		case "claim":
			var h contest.Holder
			g, h, err = table.Claim(named(words[2]), words[3], number(4))
			switch {
			case err != nil:
				p.Say("error: %v", err)
			case g.Won():
				p.Say("won %v %d", g.ID, g.Token)
			default:
				p.Say("yields to %v %d %s", h.ID, h.Token, h.Owner())
			}
		case "renew":
			_, err := g.Renew(number(2))
			p.Say("%v", err)
		case "release":
			p.Say("%v", g.Release())
		}
	}
	return nil
}

func startClaimant(t *testing.T, name string, size, node int) *fleettest.Child {
	t.Helper()
	c := fleettest.Start(t, "claimant", name, fmt.Sprint(size), fmt.Sprint(node))
	c.Expect("ready")
	return c
}

// shared opens the table of a fleet in shared memory as node 0, at 1000 ms.
func shared(t *testing.T, size int) (*fleet.Fleet, *contest.Table, *clock) {
	t.Helper()
	f := fleettest.Shared(t, fleettest.Name(t), size, 0)
	c := &clock{now: 1000 * ms}
	return f, open(t, f, contest.Options{Clock: c.read}), c
}

func TestAChildYieldsToItsParentsClaim(t *testing.T) {
	f, table, _ := shared(t, 2)
	child := startClaimant(t, f.Name(), 2, 1)
	g := wins(t, table, subject, "parent", 5*ms)
	child.Say("claim 1001 subject child 5")
	child.Expect("yields to %v %d parent", g.ID, g.Token)
	child.Say("claim 1005 subject child 5")
	if got := child.Hear(); got != fmt.Sprintf("won 222:1:0 %d", g.Token+1) {
		t.Errorf("child said %q", got)
	}
	child.Leave()
	g2, h, err := table.Claim(subject, "parent", 5*ms)
	must(t, err)
	if g2.Won() || h.Owner() != "child" || h.ID.Node() != 1 {
		t.Errorf("%+v %q", h, h.Owner())
	}
}

func TestOfTwoProcessesThatClaimAtOnceOneWins(t *testing.T) {
	for range 5 {
		f := fleettest.Shared(t, fleettest.Name(t), 3, 2)
		children := []*fleettest.Child{startClaimant(t, f.Name(), 3, 0), startClaimant(t, f.Name(), 3, 1)}
		for i, c := range children { // each reads its line as soon as it can
			c.Say("claim 1000 subject child:%d 5", i)
		}
		said := []string{children[0].Hear(), children[1].Hear()}
		winner := 0
		if strings.HasPrefix(said[1], "won") {
			winner = 1
		}
		var token uint64
		if n, _ := fmt.Sscanf(said[winner], fmt.Sprintf("won 222:%d:0 %%d", winner), &token); n != 1 {
			t.Errorf("they said %q", said)
		}
		if want := fmt.Sprintf("yields to 222:%d:0 %d child:%d", winner, token, winner); said[1-winner] != want {
			t.Errorf("the loser said %q, want %q", said[1-winner], want)
		}
		children[0].Leave()
		children[1].Leave()
	}
}

func TestAKilledHoldersLeaseLastsUntilItsEnd(t *testing.T) {
	f, table, c := shared(t, 2)
	child := startClaimant(t, f.Name(), 2, 1)
	child.Say("claim 1000 subject child 5")
	child.Hear()
	child.Say("renew 1003 5")
	child.Expect("<nil>")
	child.Kill()
	c.set(1007)
	g, h, err := table.Claim(subject, "parent", 5*ms)
	must(t, err)
	if g.Won() || h.Owner() != "child" || h.Until != 1008*ms {
		t.Errorf("won %v, holder %+v", g.Won(), h)
	}
	c.set(1008)
	wins(t, table, subject, "parent", 5*ms)
}

func TestTheNextLifeOfANodeIsNotTheHolder(t *testing.T) {
	f, table, _ := shared(t, 2)
	child := startClaimant(t, f.Name(), 2, 1)
	child.Say("claim 1000 subject child 5")
	first := child.Hear()
	child.Kill()
	child = startClaimant(t, f.Name(), 2, 1)
	child.Say("claim 1001 subject child:again 5")
	child.Expect("yields to %s child", strings.TrimPrefix(first, "won "))
	child.Say("claim 1006 subject child:again 5")
	child.Hear()
	h, held, err := table.Holder(subject)
	must(t, err)
	if !held || h.Owner() != "child:again" || h.ID.Counter() != 1 {
		t.Errorf("%v %+v", held, h)
	}
	child.Leave()
}
