package shm

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

const (
	namePrefix = "orbit-"
	nameMax    = 255 // NAME_MAX of every file system that matters, in bytes
)

// Name returns the name of this user's segment of a fleet and kind:
// orbit-{fleet}-{kind}-{uid}. A fleet is one or more letters, digits, '_', '.'
// and '-', without "..", and short enough for the whole name to have at most
// 255 bytes; a kind is not 0. The error wraps ErrName.
func Name(fleet string, kind uint8) (string, error) {
	uid := os.Geteuid()
	if uid < 0 {
		return "", unsupported("name")
	}
	return NameOf(fleet, kind, uint32(uid))
}

// NameOf is Name for the segments of another user.
func NameOf(fleet string, kind uint8, uid uint32) (string, error) {
	name := fmt.Sprintf("%s%s-%d-%d", namePrefix, fleet, kind, uid)
	if rule := fleetRule(fleet); rule != "" {
		return "", &NameError{Name: name, Rule: rule}
	}
	_, err := parseName(name)
	if err != nil {
		return "", err
	}
	return name, nil
}

type segmentName struct {
	text  string
	fleet string
	kind  uint8
	uid   uint32
}

// parseName reads from the right, because a fleet may contain dashes. Numbers
// must be written the one way Name writes them, or two names could mean one
// segment.
func parseName(text string) (segmentName, error) {
	bad := func(rule string) (segmentName, error) {
		return segmentName{}, &NameError{Name: text, Rule: rule}
	}
	if len(text) > nameMax {
		return bad(fmt.Sprintf("has %d bytes, the limit is %d", len(text), nameMax))
	}
	rest, ok := strings.CutPrefix(text, namePrefix)
	last := strings.LastIndexByte(rest, '-')
	if !ok || last < 0 {
		return bad("is not orbit-{fleet}-{kind}-{uid}")
	}
	uid, ok := canonical(rest[last+1:], 32)
	if !ok {
		return bad(fmt.Sprintf("does not end in a user id: %q", rest[last+1:]))
	}
	rest = rest[:last]
	last = strings.LastIndexByte(rest, '-')
	if last < 0 {
		return bad("is not orbit-{fleet}-{kind}-{uid}")
	}
	kind, ok := canonical(rest[last+1:], 8)
	if !ok || kind == 0 {
		return bad(fmt.Sprintf("has the kind %q, kinds are 1 to 255", rest[last+1:]))
	}
	fleet := rest[:last]
	if rule := fleetRule(fleet); rule != "" {
		return bad(rule)
	}
	return segmentName{text: text, fleet: fleet, kind: uint8(kind), uid: uint32(uid)}, nil
}

func canonical(digits string, width int) (uint64, bool) {
	n, err := strconv.ParseUint(digits, 10, width)
	return n, err == nil && strconv.FormatUint(n, 10) == digits
}

func fleetRule(fleet string) string {
	if fleet == "" {
		return "has an empty fleet"
	}
	if strings.Contains(fleet, "..") {
		return fmt.Sprintf("has the fleet %q, which contains \"..\"", fleet)
	}
	for _, r := range fleet {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_', r == '.', r == '-':
		default:
			return fmt.Sprintf("has the fleet %q, which contains %q: only letters a–z, digits, '_', '.' and '-' are allowed", fleet, r)
		}
	}
	return ""
}
