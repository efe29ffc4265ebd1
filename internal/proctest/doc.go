// Package proctest lets a test binary run itself again as child processes that
// play a role, shake hands with them over pipes, kill, stop and resume them, and
// fails a run that leaves a child, a segment or a descriptor behind. Tests alone
// import it.
package proctest
