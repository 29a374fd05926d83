package blocked

import "github.com/vnlang/vn/runtime/cpu/kernel"

// padding is the padded copy of one sample of a narrow convolution, [z][y][x][channel]: the voxels that its taps read,
// with zeros outside the input. An output voxel has the index of its first tap.
type padding struct {
	channels         int
	input, low, size [3]int
}

func newPadding(c kernel.Convolution) padding {
	p := padding{channels: c.In, input: c.Input, low: c.PadLow}
	for axis := range p.size {
		p.size[axis] = c.Output[axis] + c.Kernel[axis] - 1
	}
	return p
}

// floats is the size of the copy. Behind it there is room for the rows that Outer reads too many.
func (p *padding) floats() int {
	return roundUp(p.channels*volume(p.size)+outerRows, kernel.Lanes)
}

// plane makes plane z of the copy of a plain sample.
func (p *padding) plane(padded, sample []float32, z int) {
	row := p.size[2] * p.channels
	padded = padded[z*p.size[1]*row:][:p.size[1]*row]
	z -= p.low[0]
	if z < 0 || z >= p.input[0] {
		clear(padded)
		return
	}
	left := min(p.low[2], p.size[2])
	voxels := min(p.input[2], p.size[2]-left)
	for y := range p.size[1] {
		to := padded[y*row:][:row]
		from := y - p.low[1]
		if from < 0 || from >= p.input[1] || voxels == 0 {
			clear(to)
			continue
		}
		clear(to[:left*p.channels])
		clear(to[(left+voxels)*p.channels:])
		for channel := range p.channels {
			start := ((channel*p.input[0]+z)*p.input[1] + from) * p.input[2]
			kernel.Scatter(to[left*p.channels+channel:], sample[start:][:voxels], p.channels)
		}
	}
}
