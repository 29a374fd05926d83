package cuda

import (
	"fmt"
	"strings"
)

// copies writes the functions that copy voxels and weights to shared memory. The voxels lie as [unit][voxel], 16 bytes
// each, zeros outside the feature map; the weights of a stage as they are packed.
func (c *convolution) copies(b *body, packed *packedWeight) {
	t, w := c.tile, c.input.walk
	along, all := t.halo(c.axes)
	steps := c.depth / t.chunk / t.splits * t.stages(c.axes)
	b.line("const vn_u32 halo = vn_smem_u32(shared), weights = halo + %d;", t.halos*t.chunk*2*all*unitBytes)
	pointer := b.pointer(c.input.buffer, false)
	units := t.chunk * 2
	perBlock := blockWidth / c.numbers.perUnit // units of a voxel's block of channels
	channelBlocks := w.channels / blockWidth
	sample := plus(w.sample, w.alongSample, []string{c.sample(), "", "", "", ""})
	b.line("// The voxels of %d channels, %d x %d x %d of them.", units*c.numbers.perUnit, along[0], along[1], along[2])
	b.open("const auto copy_voxels = [&](int chunk, vn_u32 to)")
	cast := when(b.wide, "(long long)")
	b.line("const %s* from = %s + %s(%s) * %d;", c.numbers.dtype, pointer, cast,
		total(w.channel/blockWidth, []string{scaled(sample, channelBlocks), scaled("chunk", units/perBlock)}), w.voxels*blockWidth)
	b.open("VN_ROLLED for (int v = threadIdx.x; v < %d; v += %d)", all, t.threads())
	var inside []string
	terms := []string{}
	rest := 1
	for i := 2; i >= 0; i-- {
		a, x := c.axes[i], axisNames[i]
		b.line("const int %s = %s;", x, joined(x+"_in", part("v", rest, along[i], all)))
		rest *= along[i]
		inside = append(inside, fmt.Sprintf("%s >= 0 && %s < %d", x, x, a.in))
		if axis := i - (3 - len(c.input.axes[2:])) + 2; axis >= 2 {
			terms = append(terms, scaled(x, w.strides[axis]))
		}
	}
	voxel := total(w.voxel, terms)
	b.line("const bool inside = %s;", strings.Join(inside, " && "))
	b.line("const %s* at = from + (inside ? %s(%s) * %d : 0);", c.numbers.dtype, cast, voxel, blockWidth)
	step := fmt.Sprintf("u * %s", number64(w.voxels*blockWidth, b.wide))
	if perBlock == 2 {
		step = fmt.Sprintf("u / 2 * %s + u %% 2 * %d", number64(w.voxels*blockWidth, b.wide), c.numbers.perUnit)
	}
	b.line("VN_UNROLL for (int u = 0; u < %d; u++) vn_cp_async16(to + (u * %d + v) * 16, at + %s, inside ? 16 : 0);", units, all, step)
	b.close()
	b.closeStatement()
	phase := "0"
	phases := 1
	for i, a := range c.axes {
		phases *= a.phases
		if a.phases > 1 {
			phase = joined(scaled(phase, a.phases), axisNames[i]+"_phase")
		}
	}
	stream := joined(scaled("(int)blockIdx.y", phases), when(phases > 1, phase))
	start := joined(scaled(stream, t.splits*steps), when(t.splits > 1, scaled("split", steps)))
	b.line("const unsigned char* stream = %s + (long long)(%s) * %d;", packed.pointer(b), start, t.stageBytes())
	b.open("const auto copy_weights = [&](int step)")
	b.line("const vn_u32 to = %s;", joined("weights", when(buffers(steps) > 1, scaled(fmt.Sprintf("step %% %d", buffers(steps)), t.stageBytes()))))
	b.line("for (int i = threadIdx.x * 16; i < %d; i += %d) vn_cp_async16(to + i, stream + (long long)step * %d + i, 16);",
		t.stageBytes(), t.threads()*unitBytes, t.stageBytes())
	b.closeStatement()
}
