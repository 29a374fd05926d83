package syntax

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
)

// maxDepth is how deep a tree may be: brackets in brackets, and operators in a chain.
const maxDepth = 1000

// maxBrackets is how many brackets may stand inside each other.
const maxBrackets = 100

// Parse reads a file. The tree holds every import and declaration that could be read; the list says what is wrong
// with the others. The tree is never nil.
func Parse(f *source.File) (*File, diag.List) {
	s := scan(f)
	c := &converter{file: f, errors: s.errors}
	out := &File{Source: f}
	var last chunk
	for _, tokens := range split(s.tokens) {
		if len(c.errors) >= maxErrors {
			break
		}
		switch {
		case broken(tokens):
			out.Broken = append(out.Broken, declaredBy(tokens)...)
		case tokens[0].Value == "import":
			if tree := parseChunk(c, importParser, tokens, last); tree != nil {
				c.late(tree, out)
				out.Imports = append(out.Imports, c.importDecl(tree))
			}
		default:
			if d := c.readDecl(tokens, last, s.docBefore(tokens[0])); d != nil {
				out.Decls = append(out.Decls, d)
			} else {
				out.Broken = append(out.Broken, declaredBy(tokens)...)
			}
		}
		last = tokens
	}
	return out, c.sorted()
}

// sorted returns what was found in the order of the text.
func (c *converter) sorted() diag.List {
	slices.SortStableFunc(c.errors, func(a, b *diag.Diagnostic) int { return a.At.Start - b.At.Start })
	return c.errors
}

// readDecl reads one declaration, or returns nil after an error, which it has reported.
func (c *converter) readDecl(tokens, before chunk, doc string) Decl {
	said := len(c.errors)
	tree := parseChunk(c, declParser, tokens, before)
	if tree == nil {
		return nil
	}
	d := c.decl(tree, doc)
	if len(c.errors) > said {
		return nil
	}
	return d
}

// late reports an import below a declaration.
func (c *converter) late(i *importDecl, so *File) {
	if len(so.Decls) == 0 {
		return
	}
	c.report(&diag.Diagnostic{Code: "syntax/import", Summary: "an import stands below a declaration",
		At: c.at(i), Notes: []diag.Note{{Text: "the first declaration is here", At: so.Decls[0].Declared().Span()}},
		Help: "move it to the top of the file"})
}

// declaredBy returns the name that a chunk would declare, if it can be seen.
func declaredBy(tokens chunk) []string {
	if len(tokens) >= 2 && tokens[1].Type == identToken && tokens[0].Value != "train" {
		return []string{tokens[1].Value}
	}
	if beginsConstant(tokens) {
		return []string{tokens[0].Value}
	}
	return nil
}

// parseChunk reads one production from tokens, all of them. It returns nil after an error, which it has reported.
func parseChunk[P any](c *converter, p *participle.Parser[P], tokens, before chunk) *P {
	if d := tooDeep(c.file, tokens); d != nil {
		c.report(d)
		return nil
	}
	tree, _, err := parseTokens(p, tokens)
	if err != nil {
		c.report(explain(c.file, tokens, before, err))
		return nil
	}
	return tree
}

// syntaxError is where a parse stopped: the index of the first token that could not be read, which is the number of
// tokens where the text ends too early.
type syntaxError struct{ index int }

func (e *syntaxError) Error() string { return fmt.Sprintf("token %d cannot stand here", e.index) }

// parseTokens reads one production from the beginning of tokens and returns how many it used. Unless options allow
// more, it must use all.
func parseTokens[P any](p *participle.Parser[P], tokens []token, options ...participle.ParseOption) (*P, int, *syntaxError) {
	lex, err := lexer.Upgrade(&replay{tokens: tokens})
	if err != nil {
		return nil, 0, &syntaxError{0}
	}
	tree, err := p.ParseFromLexer(lex, options...)
	if err == nil {
		return tree, lex.Cursor(), nil
	}
	var perr participle.Error
	if !errors.As(err, &perr) {
		return nil, 0, &syntaxError{0}
	}
	for i, t := range tokens {
		if t.Pos.Offset >= perr.Position().Offset {
			return nil, 0, &syntaxError{i}
		}
	}
	return nil, 0, &syntaxError{len(tokens)}
}

// replay is a lexer that gives tokens read before.
type replay struct {
	tokens []token
	next   int
}

// Next returns the next token, at last the end of the text.
func (r *replay) Next() (token, error) {
	if r.next < len(r.tokens) {
		r.next++
		return r.tokens[r.next-1], nil
	}
	var end lexer.Position
	if n := len(r.tokens); n > 0 {
		end = r.tokens[n-1].Pos
		end.Offset += len(r.tokens[n-1].Value)
	}
	return lexer.EOFToken(end), nil
}

// tooDeep reports brackets inside more brackets than a tree may hold.
func tooDeep(f *source.File, tokens []token) *diag.Diagnostic {
	depth := 0
	for _, t := range tokens {
		switch t.Value {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		}
		if depth > maxBrackets {
			return &diag.Diagnostic{Code: "syntax/nesting", At: spanOf(f, t),
				Summary: fmt.Sprintf("more than %d brackets stand inside each other", maxBrackets),
				Help:    "give the inner values names of their own"}
		}
	}
	return nil
}

// docBefore returns the text of the /// lines that end directly above a token, which is the first on its line.
func (s *scanned) docBefore(t token) string {
	if !s.first(t) {
		return ""
	}
	i := sort.Search(len(s.comments), func(i int) bool { return s.comments[i].Pos.Offset > t.Pos.Offset })
	line := t.Pos.Line
	var doc []string
	for i--; i >= 0 && strings.HasPrefix(s.comments[i].Value, "///") && s.first(s.comments[i]) && s.comments[i].Pos.Line == line-1; i-- {
		line--
		doc = append(doc, strings.TrimPrefix(strings.TrimPrefix(s.comments[i].Value, "///"), " "))
	}
	slices.Reverse(doc)
	return strings.Join(doc, "\n")
}

// first reports whether nothing but spaces stands before a token on its line.
func (s *scanned) first(t token) bool {
	_, column := s.file.Position(t.Pos.Offset)
	return strings.TrimSpace(s.file.Text[t.Pos.Offset-column+1:t.Pos.Offset]) == ""
}
