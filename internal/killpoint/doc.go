// Package killpoint stops a real process after instruction 0, 1, 2 … of one
// operation, does something to it or around it, and lets a test look at what is
// left. Tests of what must survive a death or a stop at any instruction come
// here; nothing else does, and no program imports it.
//
// # How a test uses it
//
//  1. It registers a [Role]: what the child sets up, and the operation.
//  2. Its TestMain calls [Main] first: the child is the test binary itself.
//  3. [Start] makes a [Stage] for a role, which hands out children that stand at
//     the beginning of their operation.
//  4. [Stage.Survey] steps a child through the operation and notes every
//     instruction boundary.
//  5. [Survey.Sweep] takes a fresh child to each boundary of a [Plan] and calls
//     the test, which kills it, resumes it, laps it, whatever it wants, checks,
//     and names the outcome. The [Coverage] says what was reached and found.
//
// # How it works
//
// Starting the test binary anew for every boundary would cost more than all the
// rest. A template process is started once for a role; it opens nothing, and
// forks itself for every child with a bare clone(CLONE_PARENT), so that the
// child belongs to the test process. The child is a copy of a Go process with
// one thread: no system monitor, no collector (GOGC=off), no signals for
// preemption, one P. That is what makes its run repeatable to the instruction.
// Nothing in it may wait for another thread, which a ring operation never does.
// The child then opens its own files: a lock on an open file description that it
// shared with the template would outlive it.
//
// The child stops itself (SIGSTOP) when it is set up. For the survey, the tracer
// steps it from there, until a store to a page that both have mapped says that
// the operation begins: boundary 0. A second store behind the operation is the
// last boundary, N. So nothing is compiled into the code under test. A system call
// is one step, and so is a visit to the kernel's clock routines, whose way depends
// on the moment; so is one iteration of a repeated string instruction.
//
// A debug exception costs 2 µs on bare metal and 30 µs in many virtual machines,
// and a sweep that stepped every child from the start would take the square of N
// of them. So later children run at full speed to the last instruction on their
// way that is executed for the first time (a breakpoint in the child's own copy
// of the code, which is taken out again before anything else happens), or behind
// the system call before their boundary (PTRACE_SYSCALL), and are stepped only
// from there. Each is then checked against the instruction pointer that the
// survey noted, so "boundary k" is the same place every time; a child that came
// another way does not count.
//
// A [Stage] is bound to one thread and one CPU, since the kernel lets only the
// tracing thread control a child and switching on one CPU is cheapest. Several
// stages may work in parallel. Children die with the tracer (PTRACE_O_EXITKILL,
// PR_SET_PDEATHSIG); a child that hangs is caught by an alarm.
//
// # Where
//
// Linux on amd64. Elsewhere the package builds and Start returns
// [ErrUnsupported]; where the system refuses ptrace, the first child returns
// [ErrRefused]. The race detector multiplies every operation by a hundred instructions that are
// not the operation's, and qemu cannot trace: their builds leave the sweeps to
// the ordinary one.
package killpoint
