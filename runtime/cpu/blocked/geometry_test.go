package blocked

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

func TestFamilyOf(t *testing.T) {
	down := long(16, 32, [3]int{8, 8, 9}, 2, 2, 0)
	stem := long(1, 16, [3]int{8, 8, 8}, 5, 1, 2)
	const forward, input, weights = kernel.DirectionForward, kernel.DirectionInputGradient, kernel.DirectionWeightGradient
	tests := []struct {
		name   string
		c      kernel.Convolution
		d      kernel.Direction
		change func(c *kernel.Convolution)
		want   string // the family, or part of the message
	}{
		{"down", down, forward, nil, "product"},
		{"up", down, input, nil, "product"},
		{"down weights", down, weights, nil, "product"},
		{"stem", stem, forward, nil, "narrow"},
		{"stem weights", stem, weights, nil, "narrow"},
		{"stem input", stem, input, nil, "taps"},
		{"dilation of a single tap", down, forward, func(c *kernel.Convolution) {
			c.Kernel[0], c.Stride[0], c.Output[0], c.Dilation[0] = 1, 1, 8, 3
		}, "product"},
		{"dilated windows", down, forward, func(c *kernel.Convolution) {
			c.Dilation[0] = 2
		}, "taps"},
		{"wide", stem, forward, func(c *kernel.Convolution) { c.In = 5 }, "taps"},
		{"strided", stem, weights, func(c *kernel.Convolution) { c.Stride[1], c.Output[1] = 2, 4 }, "taps"},
		{"padded", down, forward, func(c *kernel.Convolution) { c.PadLow[0] = 1 }, "taps"},
		{"beyond the end", down, forward, func(c *kernel.Convolution) { c.Output[2] = 5 }, "taps"},
		{"dilated", stem, forward, func(c *kernel.Convolution) { c.Dilation[2] = 2 }, "taps"},
		{"groups", down, forward, func(c *kernel.Convolution) { c.Groups = 2 }, "2 groups"},
		{"as many terms as there may be", long(1<<17, 2, [3]int{2, 2, 2}, 2, 2, 0), forward, nil, "product"},
		{"too many terms of a product", long(1<<18, 2, [3]int{2, 2, 2}, 2, 2, 0), forward, nil, "2097152 terms"},
		{"too many channels up", long(1, 1<<21, [3]int{2, 2, 2}, 2, 2, 0), input, nil, "2097152 terms"},
		{"its channels down", long(1, 1<<21, [3]int{2, 2, 2}, 2, 2, 0), forward, nil, "product"},
		{"too many taps of a narrow kernel", stem, forward, func(c *kernel.Convolution) {
			c.Kernel, c.PadLow = [3]int{99, 99, 199}, [3]int{49, 49, 99}
		}, "1950399 terms"},
		{"as many taps of a plane as there may be", stem, forward, func(c *kernel.Convolution) {
			c.Kernel, c.PadLow, c.Stride[0] = [3]int{3, 1024, 1024}, [3]int{1, 512, 512}, 2
		}, "taps"},
		{"too many taps of a plane", stem, weights, func(c *kernel.Convolution) {
			c.Kernel, c.PadLow, c.Stride[0] = [3]int{3, 1024, 1025}, [3]int{1, 512, 512}, 2
		}, "1049600 terms"},
		{"impossible", down, forward, func(c *kernel.Convolution) { c.Batch = 0 }, "batch 0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.change != nil {
				test.change(&test.c)
			}
			f, err := FamilyOf(test.c, test.d)
			got := f.String()
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, test.want) {
				t.Errorf("got %v, want %q", got, test.want)
			}
		})
	}
}

// Each residue's taps are those of the definition: output o of tap k reads input o*stride + k*dilation - low.
func TestResidues(t *testing.T) {
	type product struct{ target, tap, source int }
	for _, c := range []kernel.Convolution{
		axis(7, 7, 3, 1, 1, 1), axis(9, 5, 3, 2, 1, 1), axis(8, 4, 3, 2, 1, 1), axis(6, 3, 2, 3, 1, 0), axis(11, 4, 5, 3, 2, 2),
		axis(13, 3, 4, 4, 2, 3), axis(2, 2, 7, 5, 3, 9), axis(3, 1, 1, 4, 1, 0), axis(3, 2, 2, 6, 4, 1),
	} {
		for _, d := range []kernel.Direction{kernel.DirectionForward, kernel.DirectionInputGradient} {
			want, got := map[product]bool{}, map[product]bool{}
			for o := range c.Output[2] {
				for k := range c.Kernel[2] {
					if i := o*c.Stride[2] + k*c.Dilation[2] - c.PadLow[2]; i < 0 || i >= c.Input[2] {
						continue
					} else if d == kernel.DirectionForward {
						want[product{o, k, i}] = true
					} else {
						want[product{i, k, o}] = true
					}
				}
			}
			for _, r := range residues(c, d, 2) {
				inside, end := r.inside(0, r.count)
				for q := range r.count {
					first, last := r.reached(q)
					if in := q >= inside && q < end; in != (first == 0 && last == r.taps) && r.taps > 0 {
						t.Errorf("%+v: voxel %d is inside: %v, but its taps are %d to %d", r, q, in, first, last)
					}
					for j := first; j < last; j++ {
						got[product{r.spread*q + r.first, r.tap + j*r.tapStep, r.stride*q + r.offset + j*r.gap}] = true
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("direction %d of %+v: -want +got:\n%s", d, c, diff)
			}
		}
	}
}

// axis is a geometry on one axis.
func axis(input, output, taps, stride, dilation, low int) kernel.Convolution {
	ones := [3]int{1, 1, 1}
	c := kernel.Convolution{Batch: 1, In: 1, Out: 1, Groups: 1, Input: ones, Output: ones, Kernel: ones, Stride: ones, Dilation: ones}
	c.Input[2], c.Output[2], c.Kernel[2], c.Stride[2], c.Dilation[2], c.PadLow[2] = input, output, taps, stride, dilation, low
	return c
}

func TestMerge(t *testing.T) {
	tests := []struct {
		name            string
		in, out, stride [3]int
		wantIn, wantOut [3]int
	}{
		{"1x1x1", [3]int{2, 3, 5}, [3]int{2, 3, 5}, [3]int{1, 1, 1}, [3]int{1, 1, 30}, [3]int{1, 1, 30}},
		{"1x2x2", [3]int{2, 4, 6}, [3]int{2, 2, 3}, [3]int{1, 2, 2}, [3]int{1, 8, 6}, [3]int{1, 4, 3}},
		{"1x2x2 with a rest on y", [3]int{2, 5, 6}, [3]int{2, 2, 3}, [3]int{1, 2, 2}, [3]int{2, 5, 6}, [3]int{2, 2, 3}},
		{"2x1x1", [3]int{4, 3, 5}, [3]int{2, 3, 5}, [3]int{2, 1, 1}, [3]int{4, 1, 15}, [3]int{2, 1, 15}},
		{"1x1x2", [3]int{2, 3, 4}, [3]int{2, 3, 2}, [3]int{1, 1, 2}, [3]int{1, 1, 24}, [3]int{1, 1, 12}},
		{"1x1x2 with a rest on x", [3]int{2, 3, 5}, [3]int{2, 3, 2}, [3]int{1, 1, 2}, [3]int{1, 6, 5}, [3]int{1, 6, 2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := merge(kernel.Convolution{Input: test.in, Output: test.out, Stride: test.stride})
			if diff := cmp.Diff([2][3]int{test.wantIn, test.wantOut}, [2][3]int{got.Input, got.Output}); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Pieces cover every voxel of the grid once.
func TestCut(t *testing.T) {
	for _, u := range []cut{
		newCut([3]int{2, 7, 5}, 256, 16),
		newCut([3]int{3, 2, 1000}, 256, 512),
		newCut([3]int{1, 1, 257}, 256, 256),
		newCut([3]int{2, 3, 4}, 256, 1000),
		newCut([3]int{1, 2, 5}, 0, 1),
	} {
		seen := make([]int, volume(u.grid))
		for i := range u.pieces() {
			b := u.piece(i)
			if b.nx > u.nx || b.ny > u.ny || b.ny > 1 && b.nx != u.grid[2] {
				t.Errorf("%+v: piece %+v", u, b)
			}
			for y := range b.ny {
				for x := range b.nx {
					seen[(b.z*u.grid[1]+b.y+y)*u.grid[2]+b.x+x]++
				}
			}
		}
		for voxel, count := range seen {
			if count != 1 {
				t.Errorf("%+v: voxel %d is in %d pieces", u, voxel, count)
			}
		}
	}
}
