package syntax

import (
	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The grammar of the language, as participle reads it from the tags. Each type is a production of spec/grammar.ebnf,
// in the same order. What a token in the middle of a production was, such as the operator between two operands, is
// read from the production's tokens: those between its parts.

type token = lexer.Token

// at holds the tokens that a production was read from.
type at struct{ Tokens []token }

func (a at) tokens() []token { return a.Tokens }

type file struct {
	Imports []*importDecl `parser:"@@*"`
	Decls   []*decl       `parser:"@@*"`
}

type importDecl struct {
	at
	Path  token  `parser:"'import' @String"`
	Alias *token `parser:"( 'as' @Ident )?"`
}

type decl struct {
	Block   *block   `parser:"  @@"`
	Data    *data    `parser:"| @@"`
	Train   *train   `parser:"| @@"`
	Setting *setting `parser:"| @@"`
}

type block struct {
	at
	Kind   token    `parser:"@( 'model' | 'block' )"`
	Name   token    `parser:"@Ident"`
	Params []*param `parser:"'(' ( @@ ( ',' @@ )* )? ')'"`
	Body   *body    `parser:"@@"`
}

type param struct {
	at
	Name    token    `parser:"@Ident"`
	Type    *typeRef `parser:"( ':' @@ )?"`
	Default *expr    `parser:"( '=' @@ )?"`
}

type typeRef struct {
	at
	Name  token   `parser:"@( Ident | 'block' )"`
	Sizes []*expr `parser:"( '[' @@ ( ',' @@ )* ']' )?"`
}

type data struct {
	at
	Name     token      `parser:"'data' @Ident"`
	Settings []*setting `parser:"'{' @@* '}'"`
}

type train struct {
	at
	Model    token      `parser:"'train' @Ident"`
	Data     *token     `parser:"( 'on' @Ident )?"`
	Settings []*setting `parser:"'{' @@* '}'"`
}

type setting struct {
	at
	Name  token `parser:"@Ident"`
	Value *expr `parser:"'=' @@"`
}

type body struct {
	at
	Stmts []*stmt `parser:"'{' @@* '}'"`
}

type stmt struct {
	Stage   *stage   `parser:"  @@"`
	For     *forStmt `parser:"| @@"`
	If      *ifStmt  `parser:"| @@"`
	Require *require `parser:"| @@"`
	Return  *result  `parser:"| @@"`
	Named   *named   `parser:"| @@"`
}

type stage struct {
	at
	Name  token `parser:"'stage' @Ident"`
	Value *expr `parser:"'=' @@"`
}

type forStmt struct {
	at
	Name token `parser:"'for' @Ident"`
	In   *expr `parser:"'in' @@"`
	Body *body `parser:"@@"`
}

// ifStmt is flat, so that a long chain of branches is not deep. That only the last one lacks a condition is checked
// in convert.
type ifStmt struct {
	at
	Cond *expr       `parser:"'if' @@"`
	Then *body       `parser:"@@"`
	Else []*elseStmt `parser:"@@*"`
}

type elseStmt struct {
	at
	Cond *expr `parser:"'else' ( 'if' @@ )?"`
	Body *body `parser:"@@"`
}

type require struct {
	at
	Cond *expr `parser:"'require' @@"`
	Text *expr `parser:"',' @@"`
}

type result struct {
	at
	Values []*expr `parser:"'return' @@ ( ',' @@ )*"`
}

// named is a binding, h = conv(x), or a call for its effect, update(s, v).
type named struct {
	at
	Name  token   `parser:"@Ident"`
	Value *expr   `parser:"( '=' @@"`
	Path  []*path `parser:"| @@*"`
	Args  *args   `parser:"  @@ )"`
}

type path struct {
	at
	Name token `parser:"'.' @Ident"`
}

type args struct {
	at
	Items []*argument `parser:"'(' ( @@ ( ',' @@ )* )? ')'"`
}

// argument is a value with or without a name. That what stands before the colon is a name is checked in convert; a
// keyword that begins no expression may be a name too: conv(x, as: "head").
type argument struct {
	at
	Keyword *label `parser:"( @@"`
	Keyed   *expr  `parser:"  ':' @@"`
	First   *expr  `parser:"| @@"`
	Second  *expr  `parser:"  ( ':' @@ )? )"`
}

// label is a keyword that begins no expression.
type label struct {
	at
	Word token `parser:"@( 'as' | 'in' | 'on' | 'model' | 'block' | 'data' | 'train' | 'stage' | 'for' | 'if' | 'else' | 'require' | 'return' | 'import' )"`
}

type expr struct {
	at
	First *disjunction `parser:"@@"`
	Pipes []*pipe      `parser:"@@*"`
}

type pipe struct {
	at
	Name token   `parser:"'|>' @Ident"`
	Path []*path `parser:"@@*"`
	Args *args   `parser:"@@?"`
}

type disjunction struct {
	at
	Terms []*conjunction `parser:"@@ ( 'or' @@ )*"`
}

type conjunction struct {
	at
	Terms []*negation `parser:"@@ ( 'and' @@ )*"`
}

type negation struct {
	at
	X *comparison `parser:"'not'* @@"`
}

type comparison struct {
	at
	Terms []*span `parser:"@@ ( ( '==' | '!=' | '<=' | '<' | '>=' | '>' ) @@ )?"`
}

type span struct {
	at
	Terms []*sum `parser:"@@ ( '..' @@ )?"`
}

type sum struct {
	at
	Terms []*product `parser:"@@ ( ( '+' | '-' ) @@ )*"`
}

type product struct {
	at
	Terms []*sign `parser:"@@ ( ( '*' | '/' | '%' ) @@ )*"`
}

type sign struct {
	at
	X *power `parser:"'-'* @@"`
}

type power struct {
	at
	Base      *postfix    `parser:"@@"`
	Exponents []*exponent `parser:"( '^' @@ )*"`
}

type exponent struct {
	at
	X *postfix `parser:"'-'* @@"`
}

type postfix struct {
	at
	X        *primary  `parser:"@@"`
	Suffixes []*suffix `parser:"@@*"`
}

type suffix struct {
	at
	Args  *args  `parser:"  @@"`
	Index *expr  `parser:"| '[' @@ ']'"`
	Field *token `parser:"| '.' @Ident"`
}

type primary struct {
	at
	Token *token `parser:"  @( Ident | Number | String | 'true' | 'false' )"`
	List  *list  `parser:"| @@"`
	Group *expr  `parser:"| '(' @@ ')'"`
}

type list struct {
	at
	Items []*argument `parser:"'[' ( @@ ( ',' @@ )* )? ']'"`
}

// scriptItem is what the interactive session reads. That what stands before an = is a name is checked in convert.
type scriptItem struct {
	Import *importDecl `parser:"  @@"`
	Block  *block      `parser:"| @@"`
	Data   *data       `parser:"| @@"`
	Train  *train      `parser:"| @@"`
	Stage  *stage      `parser:"| @@"`
	For    *forStmt    `parser:"| @@"`
	If     *ifStmt     `parser:"| @@"`
	Check  *require    `parser:"| @@"`
	Return *result     `parser:"| @@"`
	Left   *expr       `parser:"| @@"`
	Right  *expr       `parser:"  ( '=' @@ )?"`
}

// A branch of the grammar is chosen by the token at hand and never left again. participle counts the tokens that a
// failed branch may have used up, hence 0 for what the books call LL(1).
var oneToken = participle.UseLookahead(0)

var (
	fileParser   = participle.MustBuild[file](participle.Lexer(tokens{}), oneToken)
	importParser = production[importDecl](fileParser)
	declParser   = production[decl](fileParser)
	scriptParser = participle.MustBuild[scriptItem](participle.Lexer(tokens{}), oneToken)
)

func production[P, G any](p *participle.Parser[G]) *participle.Parser[P] {
	q, err := participle.ParserForProduction[P](p)
	if err != nil {
		panic(err)
	}
	return q
}
