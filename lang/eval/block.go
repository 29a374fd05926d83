package eval

import (
	"strings"

	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// Block is a block, a model or a builtin as a value: its declaration, the file whose names it sees, and the settings
// bound so far.
type Block struct {
	decl  *syntax.Block
	unit  *unit
	bound map[string]Value
	run   func(*elaborator, *invocation) Value // of a builtin, whose body is no text
}

// Name returns the block's name.
func (b *Block) Name() string { return b.decl.Name.Text }

// Doc returns the text of the block's doc comment.
func (b *Block) Doc() string { return b.decl.Doc }

// Signature returns the block's name with its parameters, as they are declared.
func (b *Block) Signature() string { return b.signature() }

// String prints the block with the settings that are bound.
func (b *Block) String() string {
	if len(b.bound) == 0 {
		return "block " + b.signature()
	}
	var parts []string
	for _, p := range b.decl.Params {
		if v, ok := b.bound[p.Name.Text]; ok {
			parts = append(parts, p.Name.Text+": "+shorten(v.String(), 40))
		}
	}
	return "block " + b.Name() + "(" + strings.Join(parts, ", ") + ")"
}

// Kind names the type for messages.
func (*Block) Kind() string { return "a block" }

func (b *Block) signature() string {
	var parts []string
	for _, p := range b.decl.Params {
		text := p.Span().Text()
		if p.Type != nil && p.Type.Name == anyType { // which is read as a string
			text = strings.Replace(text, ": string", ": "+anyType, 1)
		}
		parts = append(parts, shorten(text, 60))
	}
	return b.Name() + "(" + strings.Join(parts, ", ") + ")"
}

// declaredAt is where the block's name is declared.
func (b *Block) declaredAt() source.Span { return b.decl.Name.Span() }

// isTensorParam reports whether a parameter is a tensor, and no setting.
func isTensorParam(p *syntax.Param) bool { return p.Type == nil || p.Type.Name == "tensor" }

// free returns the block's parameters of either sort that are not bound.
func (b *Block) free(tensors bool) []*syntax.Param {
	var out []*syntax.Param
	for _, p := range b.decl.Params {
		if _, bound := b.bound[p.Name.Text]; !bound && isTensorParam(p) == tensors {
			out = append(out, p)
		}
	}
	return out
}

// param returns the parameter of that name, or nil.
func (b *Block) param(name string) *syntax.Param {
	for _, p := range b.decl.Params {
		if p.Name.Text == name {
			return p
		}
	}
	return nil
}

// fixed is a number where a block is wanted: the block that gives the number, whatever it is given.
type fixed struct{ value Value }

// String prints the number.
func (f *fixed) String() string { return f.value.String() }

// Kind names the type for messages.
func (*fixed) Kind() string { return "a block" }
