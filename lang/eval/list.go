package eval

import "strings"

// List is a list of values; an item may be labelled, as the sizes of a shape are: [out: 16, in: 1].
type List struct {
	Items  []Item
	inside int // elements, with those of the lists inside; 0 for a list that the program cannot nest
}

// Item is an element of a list, with its label when it has one.
type Item struct {
	Label string
	Value Value
}

// newList returns a list without labels.
func newList(values ...Value) *List {
	l := &List{Items: make([]Item, len(values))}
	for i, v := range values {
		l.Items[i].Value = v
	}
	return l
}

// String prints the list as the language writes it; a long one is cut.
func (l *List) String() string {
	var b strings.Builder
	l.print(&b)
	return b.String()
}

func (l *List) print(b *strings.Builder) {
	b.WriteByte('[')
	for i, item := range l.Items {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len() > 200 {
			b.WriteString("...")
			break
		}
		if item.Label != "" {
			b.WriteString(item.Label + ": ")
		}
		if inner, ok := item.Value.(*List); ok {
			inner.print(b)
		} else {
			b.WriteString(item.Value.String())
		}
	}
	b.WriteByte(']')
}

// weight counts the elements with those of the lists inside.
func (l *List) weight() int {
	n := 0
	for _, item := range l.Items {
		n++
		if inner, ok := item.Value.(*List); ok {
			n += inner.inside
		}
	}
	return n
}

// Kind names the type for messages.
func (*List) Kind() string { return "a list" }

// values returns the elements without their labels.
func (l *List) values() []Value {
	out := make([]Value, len(l.Items))
	for i, item := range l.Items {
		out[i] = item.Value
	}
	return out
}

// unknown reports whether an element is Unknown.
func (l *List) unknown() bool { return isUnknown(l.values()...) }
