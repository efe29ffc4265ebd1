package fleet_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/shm"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

const stranger = 4711

func init() { roles["guest"] = guest }

// guest joins the fleet args[0] of user args[1] in args[2], publishes into the
// kinds 1 and 2, and reads them.
func guest(p *fleettest.Parent, args []string) error {
	owner, err := strconv.ParseUint(args[1], 10, 32)
	if err != nil {
		return err
	}
	f, err := fleet.JoinShared(args[0], open(fleet.Options{
		Size: 4, Node: fleet.Node(1), Owner: fleet.User(uint32(owner)), Dir: args[2], Group: stranger,
	}))
	if err != nil {
		p.Say("join: %v", err)
		return nil
	}
	defer f.Close()
	for kind := uint8(1); kind <= 2; kind++ {
		a, err := f.Family(kind)
		if err != nil {
			return err
		}
		_, err = a.Publish(0, 0, []byte("from the guest"))
		fr := a.NewFrame()
		_, readErr := a.ReadHead(&fr)
		p.Say("kind %d: published %v, read %q %v", kind, err == nil, fr.Payload, readErr)
		if err != nil && !errors.Is(err, ring.ErrReadOnly) {
			return err
		}
	}
	_, err = f.Family(3)
	p.Say("kind 3: %v", errors.Is(err, fs.ErrPermission))
	_, err = f.Family(4)
	p.Say("kind 4: %v", errors.Is(err, fs.ErrNotExist))
	p.Stay()
	return nil
}

// open is the policy of the test: all may join, kind 2 is to be read, kind 3 is
// private.
func open(o fleet.Options) fleet.Options {
	o.Mode, o.Modes = 0o660, map[uint8]fs.FileMode{2: 0o640, 3: 0o600}
	return o
}

func asGuest(gid uint32) func(*exec.Cmd) {
	return func(cmd *exec.Cmd) {
		cmd.Path = "/proc/self/exe" // the guest may not walk to the test binary
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stranger, Gid: gid}}
	}
}

func TestAGroupMayDoWhatTheModeOfEachKindSays(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: only root can start a process as another user")
	}
	if !fleettest.Shareable() {
		t.Skip("this build cannot share segments")
	}
	if real, err := os.Readlink("/proc/thread-self/exe"); err != nil || strings.Contains(real, "qemu") {
		t.Skip("NOT TESTED under an emulator: it would open the test binary as that user; the native run covers it")
	}
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o755))
	must(t, os.Chmod(dir+"/..", 0o755))
	f, err := fleet.JoinShared("inn", open(fleet.Options{Size: 4, Dir: dir, Group: stranger}))
	must(t, err)
	defer f.Close()
	for kind := uint8(1); kind <= 3; kind++ {
		a, err := f.Family(kind)
		must(t, err)
		_, err = a.Publish(0, 0, []byte("from the owner"))
		must(t, err)
	}
	outsider := fleettest.StartWith(t, asGuest(stranger+1), "guest", "inn", "0", dir)
	if got := outsider.Hear(); !strings.HasPrefix(got, "join: ") || !strings.Contains(got, "permission denied") {
		t.Error(got)
	}
	outsider.Leave()
	g := fleettest.StartWith(t, asGuest(stranger), "guest", "inn", "0", dir)
	g.Expect(`kind 1: published true, read "from the guest" <nil>`)
	g.Expect(`kind 2: published false, read "from the owner" <nil>`)
	g.Expect("kind 3: true")
	g.Expect("kind 4: true")
	if list, err := f.Members(); err != nil || len(list) != 2 || list[1].Node != 1 {
		t.Errorf("members %v (%v)", list, err)
	}
	g.Leave()
	must(t, f.Close())
	list, err := shm.List(shm.Options{Dir: dir}, "")
	must(t, err)
	if len(list) != 4 {
		t.Errorf("left %+v", list)
	}
	for _, e := range list {
		want := map[uint8]fs.FileMode{1: 0o660, 2: 0o640, 3: 0o600, 255: 0o660}[e.Kind]
		if e.Mode != want || e.Group != stranger || e.Owner != 0 {
			t.Errorf("%s has mode %#o, want %#o, group %d", e.Name, e.Mode, want, e.Group)
		}
		must(t, shm.Remove(e.Name, shm.Options{Dir: dir}))
	}
}
