package kernel

import (
	"fmt"
	"math/bits"
	"slices"
)

// tileFunc computes a tile of rows by vectors of a sweep:
//
//	c[r*cRow+v] (+)= sum over pairs i of a[r*aRow + table[2i+1]] * packed[table[2i] + v]
//
// The number of rows and of voxels is the function's own. With add the sum goes on from what c holds.
type tileFunc func(table []int32, a []float32, aRow int, packed, c []float32, cRow int, add bool)

// dotFunc adds to acc, [tile][tap][row], the dot products of dotRows rows of y with the packed sample at every tap's
// offset, over planes runs of length voxels; length is a multiple of line.
type dotFunc func(tiles, planes, length int, y []float32, yRow, yPlane int, packed []float32, packedPlane int, offsets []int32, acc []float32)

// path is one implementation of the arithmetic.
type path struct {
	name  string
	lanes int           // voxels per vector
	tiles [][3]tileFunc // [log2 rows][vectors-1]
	taps  int           // taps of the dot tile
	dot   dotFunc

	// Nil where plain Go does them.
	binary              [binaryOperations]binaryFunc
	unary               [unaryOperations]unaryFunc
	choose              chooseFunc
	sumOf, maxOf, minOf reduceFunc

	multiply      [2]multiplyFunc // [vectors-1]
	multiplySteps [2]multiplyStepsFunc
	outer         [2]outerFunc
	laneSums      laneSumsFunc

	// By m and r of the algorithm; what is missing is done in plain Go, as are these two where they are nil.
	transforms   map[[2]int]transformSet
	interleave   interleaveFunc
	deinterleave deinterleaveFunc
}

// rowLevel returns the level of the tallest tile of at most rows rows.
func (p *path) rowLevel(rows int) int { return min(bits.Len(uint(rows))-1, len(p.tiles)-1) }

// paths lists the implementations that this machine can run, fastest first.
var paths = append(machinePaths(), &portable)

// active is the implementation in use.
var active = paths[0]

// Paths names the implementations that this machine can run, fastest first: "avx512", "avx2", "portable".
func Paths() []string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = p.name
	}
	return names
}

// Active returns the name of the implementation in use.
func Active() string { return active.name }

// Use chooses the implementation of everything in this package, by its name. It must not be called while anything
// in this package runs, and what was prepared before must not run after it: some of its parts would be those of the
// implementation that was in use when they were chosen (Transform, RowTransform), the rest those of the new one. The error
// names the implementations that this machine has.
func Use(name string) error {
	i := slices.IndexFunc(paths, func(p *path) bool { return p.name == name })
	if i < 0 {
		return fmt.Errorf("CPU path %q is not available here; available: %v", name, Paths())
	}
	active = paths[i]
	return nil
}
