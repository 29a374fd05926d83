package eval

// windowNatives look at a neighbourhood of each voxel.
var windowNatives = []native{
	{"max_pool_window(x, window: list, stride: list = [], pad: list = 0)",
		"The largest element of each window; the stride is the window where none is given.", maxPool},
	{"resize(x, size: list = [], factor: list = [], mode: string = linear)",
		"x on another grid of the same extent: `size` in voxels, or `factor` times as fine.", resize},
}

func maxPool(e *elaborator, c *invocation) Value {
	x := c.tensor(e, "x")
	space := x.space()
	if len(space) == 0 {
		e.fail("shape/axis", c.text("x"), "a %s has no axes of space", x)
		return Unknown{}
	}
	if len(c.list("stride").Items) == 0 {
		c.values["stride"] = c.values["window"]
	}
	w, ok1 := c.perAxis(e, "window", space, 1)
	s, ok2 := c.perAxis(e, "stride", space, 1)
	p, ok3 := c.perAxis(e, "pad", space, 0)
	if !ok1 || !ok2 || !ok3 {
		return Unknown{}
	}
	window, stride, pad := plain(w), plain(s), plain(p)
	if !e.roomFor(c, space, window, pad, pad) {
		return Unknown{}
	}
	axes := without(x.Axes, []string{"x", "y", "z"})
	for i, a := range space {
		if pad[i] >= window[i] {
			e.fail("shape/size", c.text("pad"), "a window of %d voxels would lie in the padding of %d", window[i], pad[i])
			return Unknown{}
		}
		e.mustReach(a.Size, Size{Value: window[i] - 2*pad[i]})
		axes = append(axes, Axis{a.Name, a.Size.affine(1, 2*pad[i]-window[i]+stride[i], stride[i], e.site())})
	}
	attrs := map[string]any{"window": window, "stride": stride, "padlow": pad, "padhigh": pad}
	return e.emit("max_pool", attrs, axes, x.Batched, x)
}

func resize(e *elaborator, c *invocation) Value {
	x := c.tensor(e, "x")
	space := x.space()
	mode := c.string("mode")
	if mode != "linear" && mode != "nearest" {
		e.fail("type/argument", c.text("mode"), "%q is no way to resize", mode).Help = "write linear or nearest"
		return Unknown{}
	}
	bySize, byFactor := len(c.list("size").Items) > 0, len(c.list("factor").Items) > 0
	if bySize == byFactor || len(space) == 0 {
		e.fail("call/missing", c.call, "`resize` wants either `size` or `factor`, and a tensor with axes of space").Help =
			"write resize(x, factor: 2)"
		return Unknown{}
	}
	name := "size"
	if byFactor {
		name = "factor"
	}
	values, ok := c.perAxis(e, name, space, 1)
	if !ok {
		return Unknown{}
	}
	axes := without(x.Axes, []string{"x", "y", "z"})
	var size []int
	for i, a := range space {
		s := values[i].size()
		if byFactor {
			s = a.Size.affine(s.Value, 0, 1, e.site())
		}
		axes = append(axes, Axis{a.Name, s})
		size = append(size, s.Value)
	}
	return e.emit("resize", map[string]any{"size": size, "mode": mode}, axes, x.Batched, x)
}
