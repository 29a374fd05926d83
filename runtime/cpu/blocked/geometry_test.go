package blocked

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

func TestSupports(t *testing.T) {
	down := long(16, 32, [3]int{8, 8, 9}, 2, 2, 0)
	stem := long(1, 16, [3]int{8, 8, 8}, 5, 1, 2)
	tests := []struct {
		name   string
		c      kernel.Convolution
		d      kernel.Direction
		change func(c *kernel.Convolution)
		want   string // part of the message; empty for none
	}{
		{"down", down, kernel.DirectionForward, nil, ""},
		{"up", down, kernel.DirectionInputGradient, nil, ""},
		{"down weights", down, kernel.DirectionWeightGradient, nil, ""},
		{"stem", stem, kernel.DirectionForward, nil, ""},
		{"stem weights", stem, kernel.DirectionWeightGradient, nil, ""},
		{"dilation of a single tap", down, kernel.DirectionForward, func(c *kernel.Convolution) {
			c.Kernel[0], c.Stride[0], c.Output[0], c.Dilation[0] = 1, 1, 8, 3
		}, ""},
		{"stem input", stem, kernel.DirectionInputGradient, nil, "no input gradient"},
		{"wide", stem, kernel.DirectionForward, func(c *kernel.Convolution) { c.In = 5 }, "5 input channels"},
		{"strided", stem, kernel.DirectionForward, func(c *kernel.Convolution) { c.Stride[1], c.Output[1] = 2, 4 }, "axis y, stride 2"},
		{"padded", down, kernel.DirectionForward, func(c *kernel.Convolution) { c.PadLow[0] = 1 }, "axis z, stride 2"},
		{"beyond the end", down, kernel.DirectionForward, func(c *kernel.Convolution) { c.Output[2] = 5 }, "stride 2"},
		{"dilated", stem, kernel.DirectionForward, func(c *kernel.Convolution) { c.Dilation[2] = 2 }, "dilation 2 on axis x"},
		{"groups", down, kernel.DirectionForward, func(c *kernel.Convolution) { c.Groups = 2 }, "2 groups"},
		{"impossible", down, kernel.DirectionForward, func(c *kernel.Convolution) { c.Batch = 0 }, "batch 0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.change != nil {
				test.change(&test.c)
			}
			err := Supports(test.c, test.d)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
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
