package eval

import (
	"fmt"

	"github.com/vnlang/vn/lang/syntax"
)

// index computes x[i]: a channel of a tensor, whose axis is gone afterwards, or an element of a list. Both count from
// 0.
func (e *elaborator) index(x *syntax.Index) Value {
	v, i := e.eval(x.X), e.eval(x.I)
	if isUnknown(v, i) {
		return Unknown{}
	}
	n, isInt := i.(Int)
	t, list := (*Tensor)(nil), (*List)(nil)
	switch v := v.(type) {
	case *Tensor:
		t = v
	case *List:
		list = v
	default:
		e.fail("type/index", x, "%s has no elements to choose from", describe(v)).Help =
			"square brackets choose a channel of a tensor or an element of a list"
		return Unknown{}
	}
	if !isInt {
		e.fail("type/index", x.I, "an index is an int, but this is %s", describe(i))
		return Unknown{}
	}
	if list != nil {
		if !e.inRange(x, n.Value, len(list.Items), "element") {
			return Unknown{}
		}
		return list.Items[n.Value].Value
	}
	return e.channel(x, t, n.Value)
}

// channel takes one channel out of a tensor.
func (e *elaborator) channel(x *syntax.Index, t *Tensor, n int64) Value {
	a := t.axis(channelAxis)
	if a == nil {
		e.fail("shape/axis", x.X, "a %s has no channels to choose from", t).Help =
			"an index chooses a channel; along another axis, write slice(t, axis, start, stop)"
		return Unknown{}
	}
	if !e.inRange(x, n, a.Size.Value, "channel") {
		return Unknown{}
	}
	one := e.slice(t, channelAxis, n, n+1, nil)
	axes := without(t.Axes, []string{channelAxis})
	return e.emit("reshape", map[string]any{"axes": e.full(axes, t.Batched)}, axes, t.Batched, one)
}

// inRange reports an index that is not there.
func (e *elaborator) inRange(x *syntax.Index, n int64, count int, what string) bool {
	if n >= 0 && n < int64(count) {
		return true
	}
	d := e.fail("shape/index", x.I, "there is no %s %d: %s has %s", what, n, title(x.X), plural(count, what))
	switch {
	case count == 0:
	case n < 0:
		d.Help = fmt.Sprintf("an index counts from the front; the last %s is %d", what, count-1)
	default:
		d.Help = fmt.Sprintf("they are counted from 0: the last one is %d", count-1)
	}
	return false
}
