// Package gate decides whether one build is slower than another: from two
// binaries that it lets run in turn ([Interleave]), or from recorded runs
// ([Read], [Compare]).
//
// Here live the reader of records, the tests and their correction, the verdict
// and its table. The commands ab and compare of orbitbench are thin shells
// around it. Nobody else imports this package; it imports package bench for
// writing records and nothing else of Orbit.
//
// # How a verdict comes about
//
// A host's processors can stand three times as far apart as a minute ago, so
// nothing is compared that was not measured at the same distance:
//
//  1. A round runs both binaries once, each for a fraction of a second, each in
//     fresh processes, in an order that chance decides and the next round
//     reverses. A row's figure of a round is the median x-floor of its samples.
//  2. Two figures of a round are a pair if their floors agree; if not, the
//     distance changed between them, the pair says nothing and is replaced.
//     This looks at floors only, never at the figures.
//  3. The logarithms of new over old are put to Wilcoxon's signed-rank test,
//     one a row; the estimate is the Hodges-Lehmann one, with the interval that
//     belongs to the same test. No assumption about a distribution is made
//     except symmetry of the differences, which equal builds in random order
//     have.
//  4. The probabilities of all rows are corrected together (Holm): the chance
//     that equal builds are called different anywhere stays below alpha.
//  5. A row is a regression when its corrected probability is below alpha and
//     the estimate is at least the threshold. Without a difference that can be
//     told from chance, it is called equal only if the interval excludes the
//     threshold; if it does not, the answer is that it cannot be told, and how
//     many more rounds would tell.
//
// Recorded runs were not measured in turn. They get the same treatment with the
// test for samples that are not paired (Mann-Whitney), and the host's drift
// between the runs stays in them: x-floor takes out most of it, not all.
//
// Exact metrics (a unit with the property assume=exact, such as allocs/op) are
// not tested but compared.
package gate
