package syntax

import (
	"sort"
	"strings"

	"github.com/vnlang/vn/lang/source"
)

func (p *printer) importDecl(i *Import) {
	p.simple(i.At, func() line {
		text := "import " + i.Path.At.Text()
		if i.Alias != nil {
			text += " as " + i.Alias.Text
		}
		return line{parts: []string{text}}
	})
}

func (p *printer) decl(d Decl) {
	switch d := d.(type) {
	case *Block:
		p.braced(d.At, d.Body.At.Start, d.Body.Stmts, func(room int) string { return p.blockHeader(d, room) })
	case *Data:
		p.braced(d.At, p.brace(d.Name), stmts(d.Settings), func(int) string { return "data " + d.Name.Text })
	case *Train:
		last := d.Model
		header := "train " + d.Model.Text
		if d.Data != nil {
			last = d.Data
			header += " on " + d.Data.Text
		}
		p.braced(d.At, p.brace(last), stmts(d.Settings), func(int) string { return header })
	case *Setting:
		p.stmt(d)
	}
}

// brace returns the offset of the brace that follows a name.
func (p *printer) brace(n *Name) int {
	i := sort.Search(len(p.tokens), func(i int) bool { return p.tokens[i].Pos.Offset >= n.At.End })
	for p.tokens[i].Value != "{" {
		i++
	}
	return p.tokens[i].Pos.Offset
}

func stmts(settings []*Setting) []Stmt {
	out := make([]Stmt, len(settings))
	for i, s := range settings {
		out[i] = s
	}
	return out
}

func (p *printer) blockHeader(b *Block, room int) string {
	word := "block "
	if b.Model {
		word = "model "
	}
	var params []string
	width := len(word) + len(b.Name.Text) + 4
	for _, q := range b.Params {
		text := p.param(q)
		params = append(params, text)
		width += len(text) + 2
	}
	head := word + b.Name.Text + "("
	if len(params) > 0 && (width > room || p.newline(b.Name.At.End, b.Params[0].At.Start)) {
		return head + "\n" + tab + strings.Join(params, ",\n"+tab) + "\n)"
	}
	return head + strings.Join(params, ", ") + ")"
}

func (p *printer) param(q *Param) string {
	text := q.Name.Text
	if q.Type != nil {
		text += ": " + q.Type.Name
		if len(q.Type.Sizes) > 0 {
			var sizes []string
			for _, s := range q.Type.Sizes {
				sizes = append(sizes, p.flat(s))
			}
			text += "[" + strings.Join(sizes, ", ") + "]"
		}
	}
	if q.Default != nil {
		text += " = " + p.flat(q.Default)
	}
	return text
}

// braced adds what has a header and a body: on one line where it was written on one and holds one statement.
func (p *printer) braced(at source.Span, brace int, body []Stmt, header func(room int) string) {
	p.commentsBefore(at.Start)
	if p.commented(at.Start, brace) {
		p.verbatim(at.Start, brace+1)
		p.rest(body, at.End)
		return
	}
	head := header(lineWidth - len(tab)*p.indent)
	if text, ok := p.inline(at, body); ok && p.fits(head+text) {
		p.add(line{parts: []string{head + text}}, at.Start, at.End)
		return
	}
	p.add(line{parts: []string{head + " {"}}, at.Start, brace+1)
	p.rest(body, at.End)
}

// rest adds the statements of a body and the brace that ends it, which is the last byte before end.
func (p *printer) rest(body []Stmt, end int) {
	p.inner(body, end-1)
	p.closed("}", end)
}

// inner adds the statements of a body and the comments up to its end.
func (p *printer) inner(body []Stmt, end int) {
	p.indent++
	p.start = true
	for _, s := range body {
		p.stmt(s)
	}
	p.commentsBefore(end)
	p.indent--
}

// closed adds the line of a closing brace, which never has a blank line above.
func (p *printer) closed(text string, end int) {
	p.start = true
	p.add(line{parts: []string{text}}, p.done, end)
}

// fits reports whether a text is one line that is short enough.
func (p *printer) fits(text string) bool {
	return !strings.Contains(text, "\n") && len(tab)*p.indent+runes(text) <= lineWidth
}

// newline reports whether a line ends between two offsets.
func (p *printer) newline(from, to int) bool {
	return from < to && strings.Contains(p.text[from:to], "\n")
}

// inline returns a body as " { statement }", where it was written on one line and holds one statement at most.
func (p *printer) inline(at source.Span, body []Stmt) (string, bool) {
	if len(body) == 0 {
		return " {}", !p.commented(at.Start, at.End)
	}
	if len(body) > 1 || p.newline(at.Start, at.End) {
		return "", false
	}
	text, ok := p.inlineStmt(body[0])
	return " { " + text + " }", ok
}

// inlineStmt returns a statement on one line.
func (p *printer) inlineStmt(s Stmt) (string, bool) {
	switch s := s.(type) {
	case *For:
		body, ok := p.inline(s.At, s.Body.Stmts)
		return "for " + s.Name.Text + " in " + p.flat(s.In) + body, ok
	case *If:
		text, ok := "", true
		for s != nil && ok {
			var body string
			body, ok = p.inline(s.At, s.Then.Stmts)
			text += "if " + p.flat(s.Cond) + body
			next, _ := s.Else.(*If)
			if last, isBody := s.Else.(*Body); isBody && ok {
				body, ok = p.inline(s.At, last.Stmts)
				text += " else" + body
			} else if next != nil {
				text += " else "
			}
			s = next
		}
		return text, ok
	}
	l := p.plain(s)
	text := strings.Join(l.parts, " ")
	if l.head != "" {
		text = l.head + " = " + text
	}
	return text, !strings.Contains(text, "\n")
}

func (p *printer) stmt(s Stmt) {
	switch s := s.(type) {
	case *For:
		p.braced(s.At, s.Body.At.Start, s.Body.Stmts, func(int) string { return p.headed("for "+s.Name.Text+" in ", s.In) })
	case *If:
		p.ifStmt(s)
	default:
		p.simple(s.Span(), func() line { return p.plain(s) })
	}
}

// ifStmt adds an if with its branches. Comments between a branch and the next one go into the next.
func (p *printer) ifStmt(s *If) {
	p.commentsBefore(s.At.Start)
	if text, ok := p.inlineStmt(s); ok && p.fits(text) && !p.commented(s.At.Start, s.At.End) {
		p.add(line{parts: []string{text}}, s.At.Start, s.At.End)
		return
	}
	if p.commented(s.At.Start, s.Then.At.Start) {
		p.verbatim(s.At.Start, s.Then.At.Start+1)
	} else {
		p.add(line{parts: []string{p.headed("if ", s.Cond) + " {"}}, s.At.Start, s.Then.At.Start+1)
	}
	p.inner(s.Then.Stmts, s.Then.At.End-1)
	end := s.Then.At.End
	for {
		var body *Body
		text := "} else"
		switch e := s.Else.(type) {
		case nil:
			p.closed("}", end)
			return
		case *If:
			text = p.headed("} else if ", e.Cond)
			body, s = e.Then, e
		case *Body:
			body, s = e, &If{}
		}
		p.closed(text+" {", body.At.Start+1)
		p.inner(body.Stmts, body.At.End-1)
		end = body.At.End
	}
}

// headed returns a word and the value behind it, before a body.
func (p *printer) headed(word string, value Expr) string {
	return word + p.layout(value, p.indent, len(tab)*p.indent+len(word), len(" {"))
}

// plain returns the line of a statement without a body.
func (p *printer) plain(s Stmt) line {
	switch s := s.(type) {
	case *Stage:
		return p.binding("stage "+s.Name.Text, s.Value)
	case *Setting:
		return p.binding(s.Name.Text, s.Value)
	case *Require:
		return p.worded("require ", s.Cond, s.Text)
	case *Return:
		return p.worded("return ", s.Values...)
	case *Do:
		return p.worded("", s.Value)
	}
	return line{}
}

// binding returns the line of head = value.
func (p *printer) binding(head string, value Expr) line {
	column := len(tab)*p.indent + len(head) + len(" = ")
	if column+p.width(value) > lineWidth {
		return line{parts: []string{head + " = " + p.layout(value, p.indent, column, 0)}}
	}
	first, pipes := pipeline(value)
	if isGrouped(value) {
		return line{head: head, parts: []string{p.flat(value)}}
	}
	l := line{head: head, parts: []string{p.flat(first)}}
	for _, c := range pipes {
		l.parts = append(l.parts, "|> "+p.pipe(c))
		l.shape += " " + p.flat(c.Fun)
	}
	return l
}

// worded returns the line of a word and the values behind it: one below the other where they do not fit.
func (p *printer) worded(word string, values ...Expr) line {
	width := len(tab)*p.indent + len(word) + 2*(len(values)-1)
	for _, v := range values {
		width = min(never, width+p.width(v))
	}
	between, indent := ", ", p.indent
	if width > lineWidth && len(values) > 1 {
		indent++
		between = ",\n" + strings.Repeat(tab, indent)
	}
	column := len(tab)*p.indent + len(word)
	text := word
	for i, v := range values {
		if i > 0 {
			text += between
			column = endColumn(text, len(tab)*p.indent)
		}
		text += p.layout(v, indent, column, len(","))
	}
	return line{parts: []string{text}}
}
