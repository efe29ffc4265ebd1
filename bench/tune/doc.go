// Package tune finds the smallest ring that loses nothing under a given load, by
// trying: at the rate that is asked for, with bursts, and with readers that
// really sleep for as long as is said.
//
// Here live the load, the trial of one shape, the search and its table. The
// command tune of orbitbench is a thin shell around [Search]. Nobody else
// imports this package.
//
// # How a shape is found
//
//  1. What must fit into a lane while its readers sleep is about rate × stall +
//     burst. The search begins with the next power of two above that, with the
//     margin: every trial of the search makes stalls and bursts that much longer
//     than asked.
//  2. A trial is a few samples, each in fresh processes. A shape holds if no
//     reader missed a single message in any of them; one sample that loses is
//     pardoned if none of the next ones does. Capacities are halved while they
//     hold and doubled while they do not, for each topology and each way to wait.
//  3. The pick is the shape that holds in the least memory; among equals, the
//     one with the lower median latency. For it a wider stride is tried too: it
//     never takes less memory, but on some hosts it is faster.
//  4. The pick must hold again in fresh runs of the load as asked, without the
//     margin; if it does not, it is doubled, and that is confirmed. Half the
//     pick is run as well, to show what the margin is worth.
//
// A sample counts only if it was of the load that was asked for. Where the host
// keeps a reader asleep, or a writer away, for half a stall longer than that, it
// is repeated, without a look at what was lost; but not more often than samples
// are wanted, for a host that always does this is the host to tune for.
//
// A host that is busy with something else while tune runs makes readers late,
// and the answer larger. That is not a fault: they would be late in use.
package tune
