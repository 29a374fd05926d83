package syntax

import "github.com/vnlang/vn/lang/source"

// Node is any part of the tree.
type Node interface {
	// Span returns the text that the node was read from.
	Span() source.Span
}

// node carries the span of the parts that embed it.
type node struct {
	At      source.Span
	Grouped bool // an expression that stands in round brackets of its own; the span is of what they hold
}

// Span returns the text that the node was read from.
func (n node) Span() source.Span { return n.At }

// group marks a node as standing in brackets of its own.
func (n *node) group() { n.Grouped = true }

func (n *node) isGrouped() bool { return n.Grouped }

// grouped returns an expression, marked.
func grouped(x Expr) Expr {
	x.(interface{ group() }).group()
	return x
}

// File is a whole source text.
type File struct {
	Source  *source.File
	Imports []*Import
	Decls   []Decl   // in the order of the text
	Broken  []string // names whose declarations could not be read; they are no unknown names
}

// Import makes the blocks and models of another file known under a prefix: import "stages.vn" as s.
type Import struct {
	node
	Path  *String
	Alias *Name // nil where the file's base name serves
}

// Decl is a top-level declaration: *Block, *Data, *Train or *Setting (a constant).
type Decl interface {
	Node
	Declared() *Name
}

// Name is an identifier where it stands.
type Name struct {
	node
	Text string
}

// Block is a block or a model.
type Block struct {
	node
	Doc    string // the text of the /// lines above, without the slashes
	Model  bool   // declared by "model"
	Name   *Name
	Params []*Param
	Body   *Body
}

// Declared returns the block's name.
func (b *Block) Declared() *Name { return b.Name }

// Param is a parameter of a block: x, width: int = 16, image: tensor[1, 128, 128, 64].
type Param struct {
	node
	Name    *Name
	Type    *Type // nil where none is written: a tensor
	Default Expr  // nil where none is written
}

// Type is a parameter's type: int, float, bool, string, list, block, tensor, or tensor[sizes].
type Type struct {
	node
	Name  string
	Sizes []Expr // of a tensor, in the order channel, x, y, z; nil where none is written
}

// Data declares how the volumes of a data set are found and prepared.
type Data struct {
	node
	Doc      string
	Name     *Name
	Settings []*Setting
}

// Declared returns the data set's name.
func (d *Data) Declared() *Name { return d.Name }

// Train declares how a model is trained: train VNet on Prostate { ... }.
type Train struct {
	node
	Doc      string
	Model    *Name
	Data     *Name // nil without "on"
	Settings []*Setting
}

// Declared returns the name of the model that is trained.
func (t *Train) Declared() *Name { return t.Model }

// Setting is name = value: a constant, a setting of data or train, or a binding in a body.
type Setting struct {
	node
	Doc   string // of a top-level constant
	Name  *Name
	Value Expr
}

// Declared returns the name that is bound.
func (s *Setting) Declared() *Name { return s.Name }

// Body is the braces of a block, a loop or a branch.
type Body struct {
	node
	Stmts []Stmt
}

// Stmt is a statement: *Stage, *Setting, *For, *If, *Require, *Return or *Do.
type Stmt interface{ Node }

// Stage binds a name and makes it a part of the model: stage left1 = ...
type Stage struct {
	node
	Name  *Name
	Value Expr
}

// For repeats its body: for i in 1..convs { ... }
type For struct {
	node
	Name *Name
	In   Expr
	Body *Body
}

// If chooses a body. Else is nil, an *If, or a *Body.
type If struct {
	node
	Cond Expr
	Then *Body
	Else Node
}

// Require states a constraint of a block: require convs >= 1, "a stage needs a convolution".
type Require struct {
	node
	Cond Expr
	Text Expr
}

// Return ends a block with its values.
type Return struct {
	node
	Values []Expr
}

// Do is a call for its effect: update(velocity, v). A script of the interactive session may have any expression here.
type Do struct {
	node
	Value Expr
}

// Expr is an expression: *Ident, *Int, *Float, *Bool, *String, *Quantity, *List, *Unary, *Binary, *Call, *Index or *Field.
type Expr interface{ Node }

// Ident is a name that is used.
type Ident struct {
	node
	Name string
}

// Int is an integer literal.
type Int struct {
	node
	Value int64
}

// Float is a literal with a point or an exponent.
type Float struct {
	node
	Value float64
}

// Bool is true or false.
type Bool struct {
	node
	Value bool
}

// String is a quoted text.
type String struct {
	node
	Value string
}

// Quantity is a number with a unit: 1.5mm, 15voxel.
type Quantity struct {
	node
	Value float64
	Unit  string
}

// List is [a, b, c]; an element may be labelled, [out: 16, in: 1].
type List struct {
	node
	Items []*Argument
}

// Argument is an element of a call's or a list's brackets, with its name where one is given.
type Argument struct {
	node
	Name  *Name // nil where none is written
	Value Expr
}

// Unary is -x or not x.
type Unary struct {
	node
	Op string
	X  Expr
}

// Binary is x op y; Op is one of or and == != < <= > >= + - * / % ^ and the range "..".
type Binary struct {
	node
	Op   string
	OpAt source.Span
	X, Y Expr
}

// Call applies a block: f(x, convs: 2). A pipe a |> f(b) is a Call of f whose first argument is a and whose Piped is
// set; a |> f is one with a alone.
type Call struct {
	node
	Fun   Expr // *Ident or *Field
	Args  []*Argument
	Piped bool
	Bare  bool // a pipe into a name without brackets
}

// Index is x[i]: a channel of a tensor or an element of a list.
type Index struct {
	node
	X Expr
	I Expr
}

// Field is x.name: a name of an imported file.
type Field struct {
	node
	X    Expr
	Name *Name
}
