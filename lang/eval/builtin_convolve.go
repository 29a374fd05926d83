package eval

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/lang/diag"
)

// convolveNatives are the contractions of feature maps with kernels. A weight is [out, in, x, y, z].
var convolveNatives = []native{
	{"convolve(x, weight, stride: list = 1, pad: list = 0, dilation: list = 1, groups: int = 1)",
		"The cross-correlation of x with a kernel. `pad` is a number of voxels on both sides, or `same`.", convolve},
	{"convolve_transpose(x, weight, stride: list = 1, pad: list = 0, dilation: list = 1, groups: int = 1)",
		"The adjoint of `convolve`: the channels of x meet the weight's `out`, the result has its `in`.", convolveTranspose},
}

// kernel is what a convolution is given, checked.
type kernel struct {
	x, weight        *Tensor
	space            []Axis
	stride, dilation []int
	extent           []int // dilation * (kernel size - 1) + 1
	low, high        []int
	groups           int
}

// convolution reads and checks the arguments of either direction.
func (e *elaborator) convolution(c *invocation) (*kernel, bool) {
	k := &kernel{x: c.tensor(e, "x"), weight: c.tensor(e, "weight")}
	k.space = k.x.space()
	if k.x.axis(channelAxis) == nil || len(k.space) == 0 || len(k.space)+1 != len(k.x.Axes) {
		e.fail("shape/convolve", c.text("x"), "a convolution wants channels and one to three axes of space, but this is a %s", k.x).
			Help = "a feature map is [channel, x, y, z], [channel, x, y] or [channel, x]"
		return nil, false
	}
	w := k.weight
	fits := w.axis(outAxis) != nil && w.axis(inAxis) != nil && len(w.Axes) == len(k.space)+2 && !w.Batched
	for _, a := range k.space {
		fits = fits && w.axis(a.Name) != nil
	}
	if !fits {
		e.fail("shape/convolve", c.text("weight"), "the weight of this convolution must have the axes out, in, %s, but it is a %s",
			enumerate(spaceNames(k.space)), w).Help = "make it with parameter([out: n, in: channels(x)] + spatial(x, size))"
		return nil, false
	}
	stride, ok1 := c.perAxis(e, "stride", k.space, 1)
	dilation, ok2 := c.perAxis(e, "dilation", k.space, 1)
	groups, ok3 := e.integer(c.text("groups"), "`groups` of `"+c.name+"`", c.int("groups"), 1)
	if !ok1 || !ok2 || !ok3 {
		return nil, false
	}
	k.stride, k.dilation, k.groups = plain(stride), plain(dilation), int(groups.Value)
	for i, a := range k.space {
		k.extent = append(k.extent, k.dilation[i]*(w.axis(a.Name).Size.Value-1)+1)
	}
	return k, k.padding(e, c)
}

// padding reads `pad`: voxels on both sides, or `same`, with which a stride of 1 keeps the size.
func (k *kernel) padding(e *elaborator, c *invocation) bool {
	k.low, k.high = make([]int, len(k.space)), make([]int, len(k.space))
	if l := c.list("pad"); len(l.Items) == 1 {
		if s, ok := l.Items[0].Value.(String); ok {
			if s.Value != "same" {
				e.fail("shape/convolve", c.text("pad"), "`pad` is a number of voxels or `same`, but this is %s", s)
				return false
			}
			for i, n := range k.extent {
				k.low[i], k.high[i] = (n-1)/2, n-1-(n-1)/2
			}
			return true
		}
	}
	pad, ok := c.perAxis(e, "pad", k.space, 0)
	if ok {
		k.low, k.high = plain(pad), plain(pad)
	}
	return ok
}

// attributes are those of either primitive.
func (k *kernel) attributes() map[string]any {
	return map[string]any{"stride": k.stride, "padlow": k.low, "padhigh": k.high, "dilation": k.dilation, "groups": k.groups}
}

func convolve(e *elaborator, c *invocation) Value {
	k, ok := e.convolution(c)
	if !ok {
		return Unknown{}
	}
	channels, out, in := k.x.axis(channelAxis).Size, k.weight.axis(outAxis).Size, k.weight.axis(inAxis).Size
	if !e.grouped(c, k, channels, in, "in") || !e.divides(c, out, k.groups, "the weight's out") {
		return Unknown{}
	}
	if !e.roomFor(c, k.space, k.extent, k.low, k.high) {
		return Unknown{}
	}
	axes := []Axis{{channelAxis, out}}
	for i, a := range k.space {
		pad := k.low[i] + k.high[i]
		e.mustReach(a.Size, Size{Value: k.extent[i] - pad})
		size := a.Size.affine(1, pad-k.extent[i]+k.stride[i], k.stride[i], e.site())
		axes = append(axes, Axis{a.Name, size})
	}
	return e.emit("convolve", k.attributes(), axes, k.x.Batched, k.x, k.weight)
}

func convolveTranspose(e *elaborator, c *invocation) Value {
	k, ok := e.convolution(c)
	if !ok {
		return Unknown{}
	}
	channels, out, in := k.x.axis(channelAxis).Size, k.weight.axis(outAxis).Size, k.weight.axis(inAxis).Size
	if !e.divides(c, channels, k.groups, "the number of channels") {
		return Unknown{}
	}
	if channels.Value != out.Value {
		e.fail("shape/convolve", c.text("weight"), "the weight's out is %d, but there %s", out.Value, arePlural(channels.Value, "channel")).
			Help = "a transposed convolution is the adjoint of a convolution: the channels that go in are the weight's `out`"
		return Unknown{}
	}
	axes := []Axis{{channelAxis, Size{Value: in.Value * k.groups}}}
	if k.groups == 1 {
		axes[0].Size = in
	}
	var size []int
	for i, a := range k.space {
		pad := k.low[i] + k.high[i]
		s := a.Size.affine(k.stride[i], k.extent[i]-k.stride[i]-pad, 1, e.site())
		if s.Value < 1 {
			e.fail("shape/empty", c.text("pad"), "%s: nothing is left on %s when %s cut off", e.doing(c.call), a.Name, areIs(pad, "voxel"))
			return Unknown{}
		}
		axes = append(axes, Axis{a.Name, s})
		size = append(size, s.Value)
	}
	attrs := k.attributes()
	attrs["size"] = size
	return e.emit("convolve_input", attrs, axes, k.x.Batched, k.x, k.weight)
}

// grouped checks the channels of x against the weight's.
func (e *elaborator) grouped(c *invocation, k *kernel, channels, part Size, axis string) bool {
	if !e.divides(c, channels, k.groups, "the number of channels") {
		return false
	}
	if channels.Value == part.Value*k.groups {
		return true
	}
	d := e.fail("shape/convolve", c.text("weight"), "the weight's %s is %d, but there %s", axis, part.Value,
		arePlural(channels.Value, "channel"))
	if k.groups > 1 {
		d.Summary += fmt.Sprintf(" in %d groups", k.groups)
	}
	d.Help = "make the weight with in: channels(x) / groups"
	return false
}

// divides reports a number of channels that groups cannot share.
func (e *elaborator) divides(c *invocation, channels Size, groups int, what string) bool {
	if channels.Value%groups == 0 {
		return true
	}
	e.fail("shape/convolve", c.text("groups"), "%s, %d, cannot be divided into %d groups", what, channels.Value, groups)
	return false
}

// roomFor reports axes that a window does not fit on.
func (e *elaborator) roomFor(c *invocation, space []Axis, extent, low, high []int) bool {
	var names []string
	first := -1
	for i, a := range slices.Backward(space) {
		if a.Size.Value+low[i]+high[i] < extent[i] {
			names = append(names, a.Name)
			if first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		return true
	}
	a, pad := space[first], low[first]+high[first]
	d := &diag.Diagnostic{Code: "shape/empty", Summary: fmt.Sprintf("%s: nothing is left on %s", e.doing(c.call), enumerate(names))}
	d.Label = fmt.Sprintf("%s = %d", a.Name, a.Size.Value)
	e.blame(d, c.text("x"))
	room := fmt.Sprintf("the window is %s wide and %s is %d", plural(extent[first], "voxel"), a.Name, a.Size.Value)
	if pad > 0 {
		room += fmt.Sprintf(", %d with the padding", a.Size.Value+pad)
	}
	notes := []diag.Note{{Text: room}, e.explain(title(e.spelled(c.text("x"))), a.Name, a.Size)}
	d.Notes = append(notes, d.Notes...)
	e.misaligned = append(e.misaligned, misalignment{d, names})
	e.report(d)
	return false
}
