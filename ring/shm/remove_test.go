//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"testing"
)

func TestRemovalIsRefusedWhileAMemberLivesAndAllowedAfterItsKill(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		mustBe(t, Remove(e.name(7), e.o), fs.ErrNotExist)
		must(t, e.open(7).Close())
		member := start(t, "hold node", args{Name: e.name(7), Options: e.o, Node: 12})
		member.expect("locked true")
		err := Remove(e.name(7), e.o)
		mustBe(t, err, ErrInUse)
		mustSay(t, err, e.path(7), "nodes [12]", "end these processes")
		detail, ok := errors.AsType[*InUseError](err)
		if !ok || len(detail.Nodes) != 1 || detail.Nodes[0] != 12 || !detail.Members {
			t.Fatalf("detail is %+v", detail)
		}
		reader, err := Attach(e.name(7), e.o)
		must(t, err)
		member.kill()
		err = Remove(e.name(7), e.o)
		mustBe(t, err, ErrInUse)
		mustSay(t, err, "member, holding no node")
		must(t, reader.Close())
		must(t, Remove(e.name(7), e.o))
		mustBe(t, Remove(e.name(7), e.o), fs.ErrNotExist)
		if left := e.objects(); len(left) != 0 {
			t.Fatalf("left %v", left)
		}
	})
}

func TestAnAttacherThatMeetsARemoverStartsOver(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		must(t, e.open(7).Close())
		c := start(t, "remove slowly", args{Name: e.name(7), Options: e.o})
		c.expect("claimed")
		type result struct {
			s   *Segment
			err error
		}
		opened, again := make(chan result), make(chan struct{}, maxTries)
		step = func(at string) {
			if at == "again" {
				again <- struct{}{}
			}
		}
		defer func() { step = func(string) {} }()
		go func() {
			s, err := Open(e.name(7), small(7), e.o)
			opened <- result{s, err}
		}()
		select {
		case <-again:
		case r := <-opened:
			t.Fatalf("opened under a remover's hands: %v", r.err)
		}
		c.say("unlink")
		c.expect("unlinked")
		r := <-opened
		must(t, r.err)
		defer r.s.Close()
		if !r.s.Created() {
			t.Fatal("attached to what was being removed")
		}
		must(t, c.leave())
	})
}

func init() {
	roles["remove slowly"] = func(in *bufio.Scanner, a args) error {
		path := a.Options.Dir + "/" + a.Name
		o, err := openObject(path, os.O_RDWR, rules{uid: uint32(os.Geteuid())})
		if err != nil {
			return err
		}
		if ok, err := o.claimAll(); !ok {
			return errors.Join(errors.New("not claimed"), err)
		}
		say("claimed")
		in.Scan()
		if err := unlink(path); err != nil {
			return err
		}
		say("unlinked")
		sit(in)
		return o.close()
	}
}

func TestARemoverThatIsStoppedMakesAttachersGiveUp(t *testing.T) {
	e := over(t, systemName())
	must(t, e.open(7).Close())
	c := start(t, "remove slowly", args{Name: e.name(7), Options: e.o})
	c.expect("claimed")
	_, err := Attach(e.name(7), e.o)
	mustBe(t, err, ErrInUse)
	mustSay(t, err, e.path(7), "removing it for too long")
	c.kill()
	must(t, e.open(7).Close())
}
