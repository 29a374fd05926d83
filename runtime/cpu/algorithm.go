package cpu

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/vnlang/vn/runtime/cpu/blocked"
	"github.com/vnlang/vn/runtime/cpu/kernel"
	"github.com/vnlang/vn/runtime/cpu/winograd"
)

// algorithm is a way to compute a convolution or one of its gradients.
type algorithm struct {
	family family
	tile   [3]int // of Winograd's algorithm: outputs along z, y, x that are computed together
}

// family is a kind of algorithm.
type family int

// The families. Direct works on plain feature maps and takes every geometry; the others work on blocks of channels.
const (
	direct  family = iota // a matrix product over padded copies of the samples
	product               // a matrix product for each tap: kernel and stride are equal
	narrow                // few input channels, as of a network's first layer
	taps                  // a sum over the taps of any other kernel, stride and dilation
	minimal               // Winograd's minimal filtering: fewer multiplications, more additions
)

// String returns the name in profiles: "direct", "product", "narrow", "taps", "F(4,4,4)".
func (a algorithm) String() string {
	switch a.family {
	case product:
		return blocked.Product.String()
	case narrow:
		return blocked.Narrow.String()
	case taps:
		return blocked.Taps.String()
	case minimal:
		return fmt.Sprintf("F(%d,%d,%d)", a.tile[0], a.tile[1], a.tile[2])
	}
	return "direct"
}

// byBlocks reports whether the algorithm reads and writes blocked feature maps beside plain ones.
func (a algorithm) byBlocks() bool { return a.family != direct }

// algorithms returns the ways to compute a contraction, direct first.
func algorithms(c kernel.Convolution, d kernel.Direction) []algorithm {
	list := []algorithm{{family: direct}}
	if f, err := blocked.FamilyOf(c, d); err == nil {
		byBlocks := map[blocked.Family]family{blocked.Product: product, blocked.Narrow: narrow, blocked.Taps: taps}
		list = append(list, algorithm{family: byBlocks[f]})
	}
	if c.Kernel == [3]int{1, 1, 1} { // there is nothing to save
		return list
	}
	for _, z := range tiles(c.Kernel[0]) {
		for _, y := range tiles(c.Kernel[1]) {
			for _, x := range tiles(c.Kernel[2]) {
				if tile := [3]int{z, y, x}; winograd.Supports(c, d, tile) == nil {
					list = append(list, algorithm{minimal, tile})
				}
			}
		}
	}
	return list
}

// tiles returns the outputs that may be computed together along an axis.
func tiles(taps int) []int {
	if taps == 1 {
		return []int{4}
	}
	return []int{2, 4}
}

// ranking lists the ways to compute a contraction, the one to be preferred first.
type ranking func(c kernel.Convolution, d kernel.Direction) []algorithm

// fastest ranks algorithms by the time that they should take.
func fastest(c kernel.Convolution, d kernel.Direction) []algorithm {
	list := algorithms(c, d)
	slices.SortStableFunc(list, func(a, b algorithm) int {
		return cmp.Compare(a.cost(c, d).seconds(), b.cost(c, d).seconds())
	})
	return list
}

// exact leaves the algorithm that forms the convolution's own products.
func exact(kernel.Convolution, kernel.Direction) []algorithm { return []algorithm{{family: direct}} }
