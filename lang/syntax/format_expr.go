package syntax

import (
	"strings"
	"unicode/utf8"
)

// never is the width of what cannot stand on one line.
const never = 1 << 30

func runes(s string) int { return utf8.RuneCountInString(s) }

func isGrouped(x Expr) bool { return x.(interface{ isGrouped() bool }).isGrouped() }

// pipeline cuts a value into what is piped and the calls that it is piped into, in the order of the text.
func pipeline(x Expr) (first Expr, pipes []*Call) {
	for {
		c, ok := x.(*Call)
		if !ok || !c.Piped || len(pipes) > 0 && c.Grouped {
			break
		}
		pipes = append(pipes, c)
		x = c.Args[0].Value
	}
	for i, j := 0, len(pipes)-1; i < j; i, j = i+1, j-1 {
		pipes[i], pipes[j] = pipes[j], pipes[i]
	}
	return x, pipes
}

// flat returns an expression on one line.
func (p *printer) flat(x Expr) string {
	var b strings.Builder
	p.write(&b, x)
	return b.String()
}

func (p *printer) write(b *strings.Builder, x Expr) {
	if isGrouped(x) {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	switch x := x.(type) {
	case *Ident:
		b.WriteString(x.Name)
	case *List:
		b.WriteByte('[')
		p.writeArgs(b, x.Items)
		b.WriteByte(']')
	case *Unary:
		b.WriteString(prefixSign(x))
		p.write(b, x.X)
	case *Binary:
		p.write(b, x.X)
		b.WriteString(infixSign(x))
		p.write(b, x.Y)
	case *Call:
		args := x.Args
		if x.Piped {
			p.write(b, args[0].Value)
			b.WriteString(" |> ")
			args = args[1:]
		}
		p.writeCall(b, x, args)
	case *Index:
		p.write(b, x.X)
		b.WriteByte('[')
		p.write(b, x.I)
		b.WriteByte(']')
	case *Field:
		p.write(b, x.X)
		b.WriteString("." + x.Name.Text)
	default: // a literal, as it was written
		b.WriteString(x.Span().Text())
	}
}

func (p *printer) writeCall(b *strings.Builder, c *Call, args []*Argument) {
	p.write(b, c.Fun)
	if !c.Bare {
		b.WriteByte('(')
		p.writeArgs(b, args)
		b.WriteByte(')')
	}
}

func (p *printer) writeArgs(b *strings.Builder, args []*Argument) {
	for i, a := range args {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(argumentName(a))
		p.write(b, a.Value)
	}
}

func argumentName(a *Argument) string {
	if a.Name == nil {
		return ""
	}
	return a.Name.Text + ": "
}

func prefixSign(x *Unary) string {
	if x.Op == "not" {
		return "not "
	}
	return x.Op
}

func infixSign(x *Binary) string {
	if x.Op == ".." {
		return ".."
	}
	return " " + x.Op + " "
}

// pipe returns what stands behind |>, on one line.
func (p *printer) pipe(c *Call) string {
	var b strings.Builder
	p.writeCall(&b, c, c.Args[1:])
	return b.String()
}

// width returns how many columns an expression takes on one line; never where it was broken by hand.
func (p *printer) width(x Expr) int {
	if w, ok := p.widths[x]; ok {
		return w
	}
	w := p.measure(x)
	if isGrouped(x) {
		w += 2
	}
	w = min(w, never)
	p.widths[x] = w
	return w
}

func (p *printer) measure(x Expr) int {
	switch x := x.(type) {
	case *Ident:
		return len(x.Name)
	case *List:
		if len(x.Items) > 0 && p.newline(x.At.Start, x.Items[0].At.Start) {
			return never
		}
		return 2 + p.measureArgs(x.Items)
	case *Unary:
		return len(prefixSign(x)) + p.width(x.X)
	case *Binary:
		return p.width(x.X) + len(infixSign(x)) + p.width(x.Y)
	case *Call:
		return p.measureCall(x)
	case *Index:
		return p.width(x.X) + 2 + p.width(x.I)
	case *Field:
		return p.width(x.X) + 1 + len(x.Name.Text)
	}
	return runes(x.Span().Text())
}

func (p *printer) measureArgs(args []*Argument) int {
	w := 0
	for _, a := range args {
		w = min(never, w+len(argumentName(a))+p.width(a.Value)+len(", "))
	}
	return max(0, w-len(", "))
}

func (p *printer) measureCall(c *Call) int {
	w, args := p.width(c.Fun), c.Args
	if c.Piped {
		if p.newline(args[0].At.End, c.Fun.Span().Start) {
			return never
		}
		w += p.width(args[0].Value) + len(" |> ")
		args = args[1:]
	}
	if c.Bare {
		return w
	}
	return w + p.measureBrackets(c, args)
}

// measureBrackets returns the width of the arguments of a call with their brackets.
func (p *printer) measureBrackets(c *Call, args []*Argument) int {
	if len(args) > 0 && p.newline(c.Fun.Span().End, args[0].At.Start) {
		return never
	}
	return len("()") + p.measureArgs(args)
}

// layout returns an expression that begins at a column of a line with some indentation, on several lines where it
// does not fit one together with the tail: the columns that follow it on its last line.
func (p *printer) layout(x Expr, indent, column, tail int) string {
	if column+p.width(x)+tail <= lineWidth || !breakable(x) {
		return p.flat(x)
	}
	if isGrouped(x) {
		return "(" + p.breakUp(x, indent, column+1, tail+1) + ")"
	}
	return p.breakUp(x, indent, column, tail)
}

// breakable reports whether an expression has arguments or pipes at which it can be broken.
func breakable(x Expr) bool {
	switch x := x.(type) {
	case *List:
		return len(x.Items) > 0
	case *Call:
		return x.Piped || len(x.Args) > 0
	case *Unary:
		return breakable(x.X)
	case *Binary:
		return breakable(x.X) || breakable(x.Y)
	case *Index:
		return breakable(x.X) || breakable(x.I)
	case *Field:
		return breakable(x.X)
	}
	return false
}

// breakUp returns an expression that is breakable on several lines, without brackets of its own.
func (p *printer) breakUp(x Expr, indent, column, tail int) string {
	switch x := x.(type) {
	case *List:
		return "[" + p.breakArgs(x.Items, indent) + "]"
	case *Unary:
		sign := prefixSign(x)
		return sign + p.layout(x.X, indent, column+len(sign), tail)
	case *Binary:
		return p.breakPair(x.X, infixSign(x), x.Y, indent, column, tail)
	case *Call:
		if x.Piped {
			return p.breakPipes(x, indent, column)
		}
		return p.breakCall(x, x.Args, indent, column, tail)
	case *Index:
		return p.breakPair(x.X, "[", x.I, indent, column, tail+1) + "]"
	case *Field:
		return p.layout(x.X, indent, column, tail+1+len(x.Name.Text)) + "." + x.Name.Text
	}
	return p.flat(x)
}

// breakPair breaks the second of two expressions if it can, else the first.
func (p *printer) breakPair(x Expr, between string, y Expr, indent, column, tail int) string {
	after := len(between)
	if !breakable(y) {
		after += p.width(y) + tail
	}
	left := p.layout(x, indent, column, after) + between
	return left + p.layout(y, indent, endColumn(left, column), tail)
}

// breakPipes puts each pipe on a line of its own.
func (p *printer) breakPipes(x *Call, indent, column int) string {
	first, pipes := pipeline(x)
	var b strings.Builder
	b.WriteString(p.layout(first, indent, column, 0))
	for _, c := range pipes {
		begin := strings.Repeat(tab, indent+1) + "|> "
		b.WriteString("\n" + begin)
		b.WriteString(p.breakCall(c, c.Args[1:], indent+1, len(begin), 0))
	}
	return b.String()
}

// breakCall returns a call with the arguments given, on one line where it fits.
func (p *printer) breakCall(c *Call, args []*Argument, indent, column, tail int) string {
	if len(args) > 0 && column+p.width(c.Fun)+p.measureBrackets(c, args)+tail > lineWidth {
		return p.flat(c.Fun) + "(" + p.breakArgs(args, indent) + ")"
	}
	var b strings.Builder
	p.writeCall(&b, c, args)
	return b.String()
}

// breakArgs puts each argument on a line of its own.
func (p *printer) breakArgs(args []*Argument, indent int) string {
	var b strings.Builder
	begin := strings.Repeat(tab, indent+1)
	for i, a := range args {
		if i > 0 {
			b.WriteByte(',')
		}
		name := argumentName(a)
		b.WriteString("\n" + begin + name + p.layout(a.Value, indent+1, len(begin)+len(name), len(",")))
	}
	b.WriteString("\n" + strings.Repeat(tab, indent))
	return b.String()
}

// endColumn returns the column at which a text ends that begins at a column.
func endColumn(text string, column int) int {
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		return runes(text[i+1:])
	}
	return column + runes(text)
}
