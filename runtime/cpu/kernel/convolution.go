package kernel

import (
	"fmt"
	"math"
	"slices"
)

// View is a batch of samples inside a buffer: the [channel][z][y][x] block of sample n begins at n*Stride. The
// channels of a sample lie one after another, z*y*x values apart, so a run of channels of a larger feature map is
// a View of its own.
type View struct {
	Data   []float32
	Stride int
}

// sample returns the size values of sample n.
func (v View) sample(n, size int) []float32 {
	return v.Data[n*v.Stride : n*v.Stride+size : n*v.Stride+size]
}

// Epilogue receives finished values in place of the output: the run of voxels of sample n that begins at the flat
// index start of the [z][y][x] of channel. values is scratch: the callee may overwrite it, and must store the
// result itself. Runs hold one row to a few thousand voxels; every voxel of every channel is in exactly one run.
// Calls with the same worker never overlap; calls with different workers do.
type Epilogue func(worker, n, channel, start int, values []float32)

// Convolution is the geometry of a three-dimensional convolution, axes in the order z, y, x:
//
//	out[n][o][v] = sum over i, k of weight[o][i][k] * in[n][i][v*Stride + k*Dilation - PadLow]
//
// with zeros outside the input. The high padding is not stated: it is what Output implies. Groups split both
// channel counts; weight is [Out][In/Groups][kz][ky][kx].
type Convolution struct {
	Batch, In, Out, Groups                          int
	Input, Output, Kernel, Stride, PadLow, Dilation [3]int
}

// Direction is one of the three contractions of a convolution.
type Direction int

// The contractions of a convolution: its value, the gradient of its input (which is the transposed convolution),
// and the gradient of its weights.
const (
	DirectionForward Direction = iota
	DirectionInputGradient
	DirectionWeightGradient
)

// limit bounds the fields, and the values of a sample, of its padded copy and of the weights, so that offsets fit in
// 32 bits.
const limit = math.MaxInt32 / 2

// maxStride bounds the strides: the input gradient keeps a table for every residue of the stride.
const maxStride = 64

// Validate reports what makes the geometry impossible, naming the field.
func (c Convolution) Validate() error {
	if c.Batch < 1 || c.In < 1 || c.Out < 1 || c.Groups < 1 || max(c.Batch, c.In, c.Out) > limit {
		return fmt.Errorf("convolution: batch %d, channels %d to %d and groups %d must all be in 1..%d", c.Batch, c.In, c.Out, c.Groups, limit)
	}
	if c.In%c.Groups != 0 || c.Out%c.Groups != 0 {
		return fmt.Errorf("convolution: channels %d to %d do not divide into %d groups", c.In, c.Out, c.Groups)
	}
	input, output, weights := float64(c.In), float64(c.Out), float64(c.Out)*float64(c.In/c.Groups)
	packed, packedGradient := input, output
	for axis, name := range [3]string{"z", "y", "x"} {
		sizes := []int{c.Input[axis], c.Output[axis], c.Kernel[axis], c.Stride[axis], c.Dilation[axis]}
		switch {
		case slices.Min(sizes) < 1 || slices.Max(sizes) > limit:
			return fmt.Errorf("convolution: on axis %s, input %d, output %d, kernel %d, stride %d and dilation %d must all be in 1..%d",
				name, sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], limit)
		case c.Stride[axis] > maxStride:
			return fmt.Errorf("convolution: on axis %s, stride %d exceeds %d", name, c.Stride[axis], maxStride)
		case c.PadLow[axis] < 0 || c.PadLow[axis] > limit:
			return fmt.Errorf("convolution: on axis %s, the low padding %d must be in 0..%d", name, c.PadLow[axis], limit)
		}
		reach := float64((c.Kernel[axis] - 1) * c.Dilation[axis] / c.Stride[axis])
		input *= float64(c.Input[axis])
		output *= float64(c.Output[axis])
		weights *= float64(c.Kernel[axis])
		packed *= float64(min(c.Kernel[axis], c.Stride[axis])) * (float64(c.Output[axis]) + reach)
		packedGradient *= float64(max(c.Output[axis], c.Input[axis]/c.Stride[axis]+2)) + reach
	}
	if most := max(input, output, weights, packed, packedGradient); most > limit {
		return fmt.Errorf("convolution: %.3g values in a padded sample or in the weights exceed %d", most, limit)
	}
	return nil
}

// FLOPs counts two operations for each product of a weight with a voxel, padding included; it is the same for the
// three directions.
func (c Convolution) FLOPs() float64 {
	flops := 2 * float64(c.Batch) * float64(c.Out) * float64(c.In/c.Groups)
	for axis := range 3 {
		flops *= float64(c.Output[axis]) * float64(c.Kernel[axis])
	}
	return flops
}

// Workspace returns how many float32 values of scratch the direction needs. Scratch holds a padded copy of one
// sample; it needs no initial contents. It is fastest when it begins on a cache line.
func (c Convolution) Workspace(direction Direction) int {
	switch direction {
	case DirectionInputGradient:
		s := inputGradientSweep(c)
		return s.tableFloats() + s.first.size()
	case DirectionWeightGradient:
		s := weightGradientSweep(c)
		return s.tableFloats() + s.first.size() + s.second.size() + s.dotSlack()
	default:
		s := forwardSweep(c)
		return s.tableFloats() + s.first.size()
	}
}

// Forward computes the convolution of in, [Batch][In][Input], into out, [Batch][Out][Output], or hands its values to
// epilogue when that is not nil. scratch holds at least Workspace(DirectionForward) values.
func Forward(p *Pool, c Convolution, out, in View, weight, scratch []float32, epilogue Epilogue) {
	p.sweep = forwardSweep(c)
	p.contract(c.Batch, c.In*volume(c.Input), c.Out*volume(c.Output), out, in, weight[:c.weights()], 0, scratch, epilogue)
}

// InputGradient computes the gradient of the convolution's input, [Batch][In][Input], from that of its output,
// dOut, [Batch][Out][Output]. It is also the transposed convolution from Out to In channels, with the weights as
// they are: weight is [Out][In/Groups][kz][ky][kx]. The values go to dIn, or to epilogue when that is not nil.
// scratch holds at least Workspace(DirectionInputGradient) values.
func InputGradient(p *Pool, c Convolution, dIn, dOut View, weight, scratch []float32, epilogue Epilogue) {
	p.sweep = inputGradientSweep(c)
	p.contract(c.Batch, c.Out*volume(c.Output), c.In*volume(c.Input), dIn, dOut, weight[:c.weights()], 0, scratch, epilogue)
}

// WeightGradient computes the gradient of the weights, [Out][In/Groups][kz][ky][kx], summed over the batch, from the
// convolution's input and the gradient of its output. scratch holds at least Workspace(DirectionWeightGradient) values.
func WeightGradient(p *Pool, c Convolution, dWeight []float32, in, dOut View, scratch []float32) {
	p.sweep = weightGradientSweep(c)
	p.correlate(c, dWeight[:c.weights()], in, dOut, scratch)
}

// weights counts the values of the weight tensor.
func (c Convolution) weights() int { return c.Out * (c.In / c.Groups) * volume(c.Kernel) }

func volume(size [3]int) int { return size[0] * size[1] * size[2] }

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// roundUp returns the least multiple of unit that is not below n.
func roundUp(n, unit int) int { return ceilDiv(n, unit) * unit }
