package proctest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// InCall says whether a thread of the child is blocked in the system call with
// this number and these first arguments, as far as they are given.
func (c *Child) InCall(number uintptr, args ...uintptr) bool {
	want := fmt.Sprint(number, " ")
	for _, a := range args {
		want += fmt.Sprintf("%#x ", a)
	}
	found, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", c.Pid()))
	for _, path := range found {
		if text, err := os.ReadFile(path); err == nil && strings.HasPrefix(string(text), want) {
			return true // an error: the thread has ended
		}
	}
	return false
}

// hung is when a child that does not do what it should is given up.
const hung = 30 * time.Second

// Await returns when something about the child holds, and fails the test when
// it does not come about: for what no pipe can tell, like InCall.
func (c *Child) Await(what string, holds func() bool) {
	c.t.Helper()
	for begin := time.Now(); !holds(); runtime.Gosched() {
		if time.Since(begin) > hung {
			c.t.Fatalf("%s did not come about within %v", what, hung)
		}
	}
}
