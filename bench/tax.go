//go:build !truth

package bench

// taxed builds publish slower by a given share, to find out whether comparisons
// notice; see tax_truth.go. All others have nothing of it.
const taxed = false

type tax struct{}

func (*tax) begin() {}
func (*tax) levy()  {}
