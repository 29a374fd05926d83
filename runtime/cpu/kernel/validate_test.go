package kernel

import (
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	good := Convolution{
		Batch: 1, In: 4, Out: 6, Groups: 2, Input: cube(8), Output: cube(8),
		Kernel: cube(3), Stride: cube(1), PadLow: cube(1), Dilation: cube(1),
	}
	tests := []struct {
		name   string
		change func(c *Convolution)
		want   string // part of the message; empty for none
	}{
		{"good", func(c *Convolution) {}, ""},
		{"no batch", func(c *Convolution) { c.Batch = 0 }, "batch 0"},
		{"groups", func(c *Convolution) { c.Groups = 4 }, "4 to 6 do not divide into 4 groups"},
		{"kernel", func(c *Convolution) { c.Kernel[2] = 0 }, "axis x"},
		{"dilation", func(c *Convolution) { c.Dilation[1] = -1 }, "axis y"},
		{"stride", func(c *Convolution) { c.Stride[0] = 65 }, "stride 65 exceeds 64"},
		{"padding", func(c *Convolution) { c.PadLow[0] = -1 }, "axis z, the low padding -1"},
		{"too large", func(c *Convolution) { c.Output = cube(1 << 20) }, "exceed"},
		{"overflowing", func(c *Convolution) { c.Kernel = cube(1 << 62) }, "must all be in 1.."},
		{"far dilation", func(c *Convolution) { c.Dilation = cube(1 << 20) }, "exceed"},
		{"wide padding", func(c *Convolution) { c.PadLow = cube(1 << 40) }, "must be in 0.."},
		{"many channels", func(c *Convolution) { c.In = 1 << 40 }, "must all be in 1.."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := good
			test.change(&c)
			err := c.Validate()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestFLOPs(t *testing.T) {
	c := Convolution{Batch: 2, In: 4, Out: 6, Groups: 2, Output: [3]int{2, 3, 5}, Kernel: [3]int{1, 2, 3}}
	if got, want := c.FLOPs(), 2.*2*6*2*30*6; got != want {
		t.Errorf("FLOPs are %g, want %g", got, want)
	}
}

func TestUse(t *testing.T) {
	defer func(before *path) { active = before }(active)
	if err := Use("abacus"); err == nil || !strings.Contains(err.Error(), "portable") {
		t.Errorf("an unknown path gives %v", err)
	}
	for _, name := range Paths() {
		if err := Use(name); err != nil || active.name != name {
			t.Errorf("Use(%q) gives %v and %s", name, err, active.name)
		}
	}
}
