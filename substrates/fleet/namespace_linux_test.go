package fleet_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func init() { roles["inmate"] = inmate }

// inmate joins the fleet args[0] as node 1, says what it sees, answers each
// frame of node 0, and stays.
func inmate(p *fleettest.Parent, args []string) error {
	f, err := joinAs([]string{args[0], "1"})
	if err != nil {
		return err
	}
	defer f.Close()
	list, err := f.Members()
	if err != nil {
		return err
	}
	a, err := f.Family(7)
	if err != nil {
		return err
	}
	c, err := a.Cursor(ring.Oldest)
	if err != nil {
		return err
	}
	defer c.Close()
	p.Say("pid 1: %v, %d members", os.Getpid() == 1, len(list))
	fr := a.NewFrame()
	for {
		if err := c.Wait(context.Background()); err != nil {
			return err
		}
		if ok, err := c.Next(&fr); err != nil || !ok || fr.ID.Node() != 0 {
			continue
		}
		if _, err := a.Publish(0, 0, append([]byte("heard "), fr.Payload...)); err != nil {
			return err
		}
	}
}

// inNamespaces starts the child as process 1 of its own PID namespace, with its
// own mounts, and as its own root where this process is not root.
func inNamespaces(cmd *exec.Cmd) {
	flags := uintptr(syscall.CLONE_NEWPID | syscall.CLONE_NEWNS)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	if uid := os.Geteuid(); uid != 0 {
		same := []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings, cmd.SysProcAttr.GidMappings = same, nil
	}
}

// namespaces says whether this system lets a process make them.
func namespaces(t *testing.T) {
	if real, err := os.Readlink("/proc/thread-self/exe"); err != nil || strings.Contains(real, "qemu") {
		t.Skip("NOT TESTED under an emulator; the native run covers it")
	}
	cmd := exec.Command("true")
	inNamespaces(cmd)
	if err := cmd.Run(); err != nil {
		t.Skipf("NOT TESTED: no namespaces here: %v", err)
	}
}

func TestMembersLiveAndDieAcrossPIDNamespaces(t *testing.T) {
	namespaces(t)
	for _, both := range []bool{false, true} {
		f := fleettest.Shared(t, fleettest.Name(t), 4, 0)
		a, err := f.Family(7)
		must(t, err)
		other := 1 // who else: another process 1 in another namespace
		if both {
			c := fleettest.StartWith(t, inNamespaces, "member", f.Name(), "2")
			c.Expect("node 2")
			other = 2
		}
		c := fleettest.StartWith(t, inNamespaces, "inmate", f.Name())
		c.Expect("pid 1: true, %d members", other+1)
		if list, err := f.Members(); err != nil || len(list) != other+1 || list[1].Node != 1 || list[1].PID != 1 {
			t.Fatalf("members %v (%v)", list, err)
		}
		in, err := a.Cursor(ring.Now)
		must(t, err)
		in.SetWait(ring.Park)
		_, err = a.Publish(0, 0, []byte("you"))
		must(t, err)
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		fr := a.NewFrame()
		for fr.ID.Node() != 1 {
			must(t, in.Wait(ctx))
			_, err = in.Next(&fr)
			must(t, err)
		}
		stop()
		if string(fr.Payload) != "heard you" {
			t.Errorf("%q", fr.Payload)
		}
		must(t, in.Close())
		_, err = f.Sibling(fleet.Node(1))
		if !errors.Is(err, fleet.ErrNodeHeld) {
			t.Errorf("node 1 joined twice: %v", err)
		}
		c.Kill()
		for _, alive := range []func(uint16) (bool, error){f.Alive, a.Alive} {
			if ok, err := alive(1); ok || err != nil {
				t.Errorf("killed and alive: %v (%v)", ok, err)
			}
		}
		heir, err := f.Sibling(fleet.Node(1))
		must(t, err)
		must(t, heir.Close())
	}
}
