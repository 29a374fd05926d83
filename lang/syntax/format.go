package syntax

import (
	"sort"
	"strings"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
)

// The layout: four spaces for each body, one statement on a line, the = of neighbouring bindings below each other, and
// so the pipes where neighbours are piped into the same blocks. What does not fit a line is broken at its pipes, or
// puts each argument on a line of its own; a list of arguments or a pipeline that was broken by hand stays broken.
// Comments stay where they are, and one blank line stays where there were some.
const (
	lineWidth = 120
	tab       = "    "
)

// Format returns a file in the layout that all files share. A file with mistakes is returned as it is, with what is
// wrong with it.
func Format(f *source.File) (string, diag.List) {
	tree, errors := Parse(f)
	if errors.HasErrors() {
		return f.Text, errors
	}
	s := scan(f)
	p := &printer{text: f.Text, tokens: s.tokens, comments: s.comments, widths: map[Expr]int{}, start: true}
	p.file(tree)
	return join(p.lines), errors
}

// printer turns a tree into lines. It goes through the text from its beginning to its end, so that the comments come
// in between where they stood.
type printer struct {
	text     string
	tokens   []token
	comments []token // those that are not printed yet
	lines    []line
	indent   int
	done     int  // offset behind what was printed last
	start    bool // nothing stands above in this body
	widths   map[Expr]int
}

// line is one line of the result, or several that belong together.
type line struct {
	indent  int
	blank   bool     // a blank line stands above
	head    string   // what stands before the = of a binding on one line; "" for other lines
	parts   []string // what stands behind it, cut before each |>; for other lines the text alone, maybe with line ends
	shape   string   // the blocks that a binding's value is piped into
	comment string   // behind the text
	gap     int      // spaces before the comment as it was written
}

func (p *printer) file(f *File) {
	for _, i := range f.Imports {
		p.importDecl(i)
	}
	for _, d := range f.Decls {
		before := len(p.lines)
		above := p.large(before - 1)
		p.decl(d)
		// A declaration of several lines stands apart from its neighbours.
		if above || p.large(len(p.lines)-1) {
			p.lines[before].blank = before > 0
		}
	}
	p.commentsBefore(len(p.text))
}

// large reports whether a line ends a declaration of several lines.
func (p *printer) large(i int) bool {
	return i > 0 && p.lines[i].indent == 0 && len(p.lines[i].parts) == 1 && p.lines[i].parts[0] == "}"
}

// add adds the line of what stands from start up to end in the text.
func (p *printer) add(l line, start, end int) {
	l.indent = p.indent
	l.blank = !p.start && p.blankAbove(start)
	p.lines = append(p.lines, l)
	p.start = false
	p.ended(end)
}

// blankAbove reports whether blank lines stood between what was printed last and what stands at an offset.
func (p *printer) blankAbove(start int) bool {
	return start > p.done && strings.Count(p.text[p.done:start], "\n") > 1
}

// ended notes that the text is printed up to an offset, and adds the comment that follows there on the same line.
func (p *printer) ended(end int) {
	p.done = end
	if len(p.comments) == 0 {
		return
	}
	c := p.comments[0]
	if c.Pos.Offset < end {
		return
	}
	between := p.text[end:c.Pos.Offset]
	if strings.TrimLeft(between, " \t") != "" {
		return
	}
	last := &p.lines[len(p.lines)-1]
	last.comment, last.gap = c.Value, min(max(len(between), 1), lineWidth)
	p.comments = p.comments[1:]
	p.done = c.Pos.Offset + len(c.Value)
}

// commentsBefore adds the comments up to an offset, each on a line of its own.
func (p *printer) commentsBefore(offset int) {
	for len(p.comments) > 0 && p.comments[0].Pos.Offset < offset {
		c := p.comments[0]
		p.comments = p.comments[1:]
		p.add(line{parts: []string{c.Value}}, c.Pos.Offset, max(p.done, c.Pos.Offset+len(c.Value)))
	}
}

// commented reports whether comments stand between two offsets.
func (p *printer) commented(start, end int) bool {
	i := sort.Search(len(p.comments), func(i int) bool { return p.comments[i].Pos.Offset >= start })
	return i < len(p.comments) && p.comments[i].Pos.Offset < end
}

// simple adds a statement that has no body: as text says, or as it was written where comments stand in the midst.
func (p *printer) simple(at source.Span, make func() line) {
	p.commentsBefore(at.Start)
	if p.commented(at.Start, at.End) {
		p.verbatim(at.Start, at.End)
		return
	}
	p.add(make(), at.Start, at.End)
}

// verbatim adds a part of the text with its own lines and comments; only their indentation changes.
func (p *printer) verbatim(start, end int) {
	var out []string
	tokens := p.tokens[sort.Search(len(p.tokens), func(i int) bool { return p.tokens[i].Pos.Offset >= start }):]
	depth, offset := 0, start
	for i, text := range strings.Split(p.text[start:end], "\n") {
		offset += len(text) + 1
		before, closing := depth, true
		leading := 0
		for len(tokens) > 0 && tokens[0].Pos.Offset < min(offset, end) {
			switch tokens[0].Value {
			case "(", "[", "{":
				depth++
				closing = false
			case ")", "]", "}":
				depth--
				if closing {
					leading++
				}
			default:
				closing = false
			}
			tokens = tokens[1:]
		}
		text = strings.TrimSpace(text)
		deep := max(1, before)
		if leading > 0 || strings.HasPrefix(text, "{") {
			deep = max(0, before-leading)
		}
		switch {
		case i == 0:
		case text == "" && out[len(out)-1] == "":
			continue
		case text != "":
			text = strings.Repeat(tab, p.indent+deep) + text
		}
		out = append(out, text)
	}
	p.comments = p.comments[sort.Search(len(p.comments), func(i int) bool { return p.comments[i].Pos.Offset >= end }):]
	p.add(line{parts: []string{strings.Join(out, "\n")}}, start, end)
}
