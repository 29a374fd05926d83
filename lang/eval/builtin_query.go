package eval

import "math"

// queryNatives answer questions about shapes, when the model is compiled.
var queryNatives = []native{
	{"channels(x)", "The number of channels of a tensor.", func(e *elaborator, c *invocation) Value {
		return e.sizeOf(c, channelAxis, "x")
	}},
	{"size(x, axis: string)", "The size of an axis of a tensor.", func(e *elaborator, c *invocation) Value {
		return e.sizeOf(c, c.string("axis"), "axis")
	}},
	{"voxels(x)", "The number of voxels of a tensor: the product of its sizes in space.", voxels},
	{"rank(x)", "The number of axes of a tensor, the batch not counted.", func(e *elaborator, c *invocation) Value {
		return Int{Value: int64(len(c.tensor(e, "x").Axes))}
	}},
	{"spatial(x, size: list)", "A shape with the axes of space of x in sizes of one's own: one for all, or x, y, z.", spatialShape},
	{"len(items: list)", "The number of elements of a list.", func(e *elaborator, c *invocation) Value {
		return Int{Value: int64(len(c.list("items").Items))}
	}},
}

func (e *elaborator) sizeOf(c *invocation, axis, blamed string) Value {
	t := c.tensor(e, "x")
	if !e.hasAxis(c.text(blamed), t, axis) {
		return Unknown{}
	}
	s := t.axis(axis).Size
	return Int{int64(s.Value), s.from}
}

func voxels(e *elaborator, c *invocation) Value {
	n := Size{Value: 1}
	for _, a := range c.tensor(e, "x").space() {
		if n.Value > math.MaxInt32 {
			n.from = nil
		}
		n = n.times(a.Size, e.site())
	}
	return Int{int64(n.Value), n.from}
}

func spatialShape(e *elaborator, c *invocation) Value {
	axes := c.tensor(e, "x").space()
	sizes, ok := c.perAxis(e, "size", axes, 1)
	if !ok {
		return Unknown{}
	}
	l := &List{}
	for i := len(axes) - 1; i >= 0; i-- {
		l.Items = append(l.Items, Item{axes[i].Name, sizes[i]})
	}
	return l
}
