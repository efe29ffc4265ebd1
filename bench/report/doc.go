// Package report makes one page of recorded runs, comparisons and searches: the
// figures, the pictures, the hosts, the verdicts. The page is one file without
// scripts, which asks nothing of the network and follows the reader's choice of
// light or dark. The command report of orbitbench is a thin shell around
// [Write].
package report
