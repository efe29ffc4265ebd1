// Package bench is Orbit's measuring engine: it lets real processes exchange
// messages over rings and over what else the system offers, and says how long
// that took beside the cheapest exchange the same processor pair can do.
//
// Here live the worker processes and how they are started, commanded and
// buried (crew, worker, wire); what they do (stream, pingpong) over what
// (transports: rings, pipe, socket, channel); the floor; the payload that
// proves itself; the clock; and what becomes of the samples (runner, record,
// table). The command orbitbench is a thin shell around [Run]. Nobody else
// imports this package; it imports nothing above package ring.
//
// # How a figure comes about
//
//  1. Every producer and every consumer is an operating-system process, started
//     once and pinned. The parent sleeps in a read while they run.
//  2. A sample opens a fresh transport, moves a warm-up through it, meets at a
//     barrier in shared memory, and runs for a fixed time: from the first send
//     to the last receive. Garbage collection is off.
//  3. Directly before and after it the same processes on the same processors
//     measure the floor. The sample counts as time over the mean of the two;
//     two floors that disagree, or a worker that did not get its processor,
//     mark the sample unsteady, and it is repeated.
//  4. Consumers check every word of every message and the order per producer,
//     and account for each message that was sent. A sample whose content or
//     count is wrong is a failure, not a number.
//
// # Who calls what first
//
// Workers are the same binary, executed again. A program that calls [Run] must
// call [MaybeWorker] before anything else in main (or TestMain).
package bench
