package winograd

import "github.com/vnlang/vn/runtime/cpu/kernel"

// weightChannels is how many input channels a task of the weight transform takes, so that it writes U in runs.
const weightChannels = 8

// The scratch of the weight transform, in vectors: the taps of all its channels, those of one mirrored, and of one after
// the z and after the y transform.
const (
	maxTaps      = 5 * 5 * 5
	weightTaps   = weightChannels * maxTaps
	weightMirror = maxTaps + kernel.Lanes
	weightZ      = maxPoints * 5 * 5
	weightY      = maxPoints * maxPoints * 5
	weightFloats = (weightTaps + weightMirror + weightZ + weightY) * kernel.Lanes
)

// Weights returns the number of floats of the transformed weights U:
//
//	[point of z][point of y][point of x][Out/32][In][32]
//
// with the channels of the contraction padded to blocks of 16, and a last block of 16 outputs if their number is odd.
func (f *Forward) Weights() int { return f.g.points() * f.productWeights }

// TransformWeights transforms the convolution's weights, [Out][In][kz][ky][kx], to u. For the gradient of the input they
// are mirrored, and the channels exchanged, on the way. scratch holds at least Workspace() floats of any content.
func (f *Forward) TransformWeights(p *kernel.Pool, weight, u, scratch []float32) {
	f.weight, f.u, f.scratch = weight, u, scratch
	p.Run(ceilDiv(f.g.outBlocks(), 2)*ceilDiv(f.g.inBlocks()*kernel.Lanes, weightChannels), f.weightsTask)
	f.weight, f.u, f.scratch = nil, nil, nil
}

// transformWeights makes the part of U of up to two blocks of output channels and weightChannels input channels.
func (f *Forward) transformWeights(worker, task int) {
	groups := f.g.inBlocks() * kernel.Lanes / weightChannels
	pair, first := task/groups, task%groups*weightChannels
	vectors := min(2, f.g.outBlocks()-2*pair)
	scratch := f.scratch[worker*weightFloats:][:weightFloats]
	taps, work := scratch[:weightTaps*kernel.Lanes], scratch[weightTaps*kernel.Lanes:]
	for vector := range vectors {
		if f.mirror {
			f.gatherMirrored(taps, work, 2*pair+vector, first)
		} else {
			f.gatherTaps(taps, 2*pair+vector, first)
		}
		for c := range weightChannels {
			f.transformTaps(f.u[pair*f.panel+((first+c)*vectors+vector)*kernel.Lanes:], taps[c*f.taps*kernel.Lanes:], work)
		}
	}
}

// gatherTaps brings the taps of a block of output channels and of weightChannels input channels from first on into
// lanes, [input channel][tap][16], with zeros for channels that do not exist.
func (f *Forward) gatherTaps(dst []float32, block, first int) {
	n := max(min(f.g.in-first, weightChannels), 0) * f.taps
	clear(dst[n*kernel.Lanes:])
	if n > 0 {
		firstOut := block * kernel.Lanes
		lanes := min(f.g.out-firstOut, kernel.Lanes)
		kernel.Interleave(dst, f.weight[(firstOut*f.g.in+first)*f.taps:], f.g.in*f.taps, lanes, n)
	}
}

// gatherMirrored does so for the gradient of the input, of whose output channels the weights are [in][out] and whose
// taps are in the opposite order.
func (f *Forward) gatherMirrored(dst, work []float32, block, first int) {
	firstOut := block * kernel.Lanes
	lanes := min(f.g.out-firstOut, kernel.Lanes)
	for c := range weightChannels {
		to := dst[c*f.taps*kernel.Lanes:][:f.taps*kernel.Lanes]
		if first+c >= f.g.in {
			clear(to)
			continue
		}
		from := f.weight[((first+c)*f.g.out+firstOut)*f.taps:]
		n := roundUp(f.taps, kernel.Lanes) // whole vectors are faster, where there is something behind the taps
		if (lanes-1)*f.taps+n > len(from) {
			n = f.taps
		}
		kernel.Interleave(work, from, f.taps, lanes, n)
		for i := range f.taps {
			*(*[kernel.Lanes]float32)(to[(f.taps-1-i)*kernel.Lanes:]) = *(*[kernel.Lanes]float32)(work[i*kernel.Lanes:])
		}
	}
}

// transformTaps writes the transform of the taps of one input channel, one vector for each product, to u.
func (f *Forward) transformTaps(u, taps, work []float32) {
	const vector = kernel.Lanes
	z, y, x := f.g.axes[0], f.g.axes[1], f.g.axes[2]
	afterZ, afterY := work[weightMirror*vector:], work[(weightMirror+weightZ)*vector:]
	plane := y.taps * x.taps * vector
	f.zWeight(afterZ, taps, plane, plane, y.taps*x.taps, vector, vector, 1, 0, 0)
	f.yWeight(afterY, afterZ, x.taps*vector, x.taps*vector, x.taps, vector, vector, z.points, y.points*x.taps*vector, plane)
	f.xWeight(u, afterY, f.productWeights, vector, z.points*y.points, x.points*f.productWeights, x.taps*vector, 1, 0, 0)
}
