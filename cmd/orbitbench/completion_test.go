package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestCompletionCompletesInBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	code, script, stderr := call("completion", "bash")
	if code != exitDone {
		t.Fatal(code, stderr)
	}
	for _, c := range []struct {
		typed, want string
	}{
		{"orbitbench fl", "floor"},
		{"orbitbench -mod", "-mode"},
		{"orbitbench run -mode w", "wake"},
		{"orbitbench run -peers seq", "seqpacket"},
		{"orbitbench floor -top", "-topology"},
	} {
		words := strings.Fields(c.typed)
		run := script + "\nCOMP_WORDS=(" + c.typed + "); COMP_CWORD=" + string(rune('0'+len(words)-1)) + "; _orbitbench; echo \"${COMPREPLY[@]}\""
		out, err := exec.Command(bash, "-c", run).CombinedOutput()
		if err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v, %s, want %s", c.typed, err, out, c.want)
		}
	}
	if code, stdout, _ := call("completion", "tcsh"); code != exitUsage || stdout != "" {
		t.Errorf("tcsh: exit %d, %s", code, stdout)
	}
}

// What -h shows must work: every example is run, shortly, where it measures.
func TestHelpExamplesRun(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every example")
	}
	for _, args := range examples(t) {
		if len(args) == 0 || strings.Contains(strings.Join(args, " "), "full") {
			continue // the suites as they are take half a minute and more
		}
		if !runnable[args[0]] {
			continue // verbs with tests of their own: they take files
		}
		if args[0] == "floor" {
			args = append(args, "-count", "2")
		} else if args[0] != "env" && args[0] != "completion" {
			args = append(args, "-count", "1", "-duration", "5ms")
			for _, f := range [][2]string{{"-payload", "32"}, {"-topology", "1x1"}} {
				if !slices.Contains(args, f[0]) {
					args = append(args, f[:]...)
				}
			}
		}
		code, stdout, stderr := call(args...)
		if code == exitFailed && (strings.Contains(stdout, "missed its rate") || strings.Contains(stdout, "asleep")) {
			t.Log("this host was too busy for", args) // which the run found and told
		} else if code != exitDone {
			t.Errorf("orbitbench %s: exit %d, %s", strings.Join(args, " "), code, stderr)
		}
	}
}

var runnable = map[string]bool{"run": true, "-mode": true, "-topology": true, "floor": true, "env": true, "completion": true}

// examples are the command lines of the help, without the command.
func examples(t *testing.T) [][]string {
	t.Helper()
	var all [][]string
	for line := range strings.SplitSeq(about, "\n") {
		if strings.HasPrefix(line, "  orbitbench") {
			all = append(all, strings.Fields(strings.SplitN(strings.TrimSpace(line), "   ", 2)[0])[1:])
		}
	}
	if len(all) < 5 {
		t.Fatalf("%d examples", len(all))
	}
	return all
}
