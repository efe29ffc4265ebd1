// Package inspect looks into the segments of a host without taking part: what
// rings there are and who lives in them, how fast they move, what frames they
// carry, what can be removed, and what is wrong.
//
// Everything but [GC] with Remove set maps segments read-only. It creates
// nothing, takes no lock (who lives is a question to the kernel, which needs
// none), and stores nothing that a member could see, so it costs writers no
// more than a reader's looks at their cache lines. All of it runs guarded: a
// segment that is truncated, damaged or removed meanwhile is an error or a
// finding.
//
// A [Source] is a live segment or a dump of one; both answer the same questions.
// The results are plain structs whose JSON is described in docs/inspect.md;
// [Schema] is its version.
//
// The package stands on ring, shm and the substrates, whose frames it decodes.
// Commands enter.
package inspect

// Schema is the version of the JSON form of all results. It changes when a field
// goes or changes its meaning, not when one comes.
const Schema = 1
