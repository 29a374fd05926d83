package syntax

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/participle/v2/ebnf"
	"github.com/google/go-cmp/cmp"
)

// published are the names in spec/grammar.ebnf of productions whose Go names had to differ.
var published = map[string]string{"ImportDecl": "Import", "TypeRef": "Type", "ForStmt": "For", "IfStmt": "If", "ElseStmt": "Else",
	"Result": "Return", "Span": "Range"}

const grammarHead = `// The grammar of the language, generated from the parser (lang/syntax); a test keeps it so.
//
// [ x ] is x or nothing, { x } is x any number of times. Spaces and line ends mean nothing but to part tokens; a comment
// goes from // to the end of its line. Lines of /// directly above a declaration are its documentation.
//
// The grammar is LL(1): the next token decides. What it leaves open is checked behind it: what stands before the : of an
// Argument is a name; only the last Else of an If has no condition; only a name, or a name of an imported file, is
// called; imports are read before declarations. At most 100 brackets stand inside each other.

`

const grammarTokens = `
Keyword = %s .
Ident = letter { letter | digit } .              // but no Keyword
Number = digits [ "." digits ] [ ( "e" | "E" ) [ "+" | "-" ] digits ] [ unit ] .
String = '"' { character | "\\" ( '"' | "\\" | "n" | "t" ) } '"' .   // on one line
unit = letter { letter | digit } .               // directly behind its number: 1.5mm, 15voxel
digits = digit { digit } .
digit = "0" … "9" .
letter = "a" … "z" | "A" … "Z" | "_" .
`

func grammar(t *testing.T) *ebnf.EBNF {
	t.Helper()
	g, err := ebnf.ParseString(fileParser.String())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestGrammarFile keeps spec/grammar.ebnf in step with the parser.
func TestGrammarFile(t *testing.T) {
	const path = "../../spec/grammar.ebnf"
	var b strings.Builder
	b.WriteString(grammarHead)
	for _, p := range grammar(t).Productions {
		fmt.Fprintf(&b, "%s = %s .\n", productionName(p.Production), alternatives(p.Expression))
	}
	fmt.Fprintf(&b, grammarTokens, `"`+strings.Join(Keywords, `" | "`)+`"`)
	got := b.String()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is out of date; run go test ./lang/syntax -update (-want +got):\n%s", path, diff)
	}
}

func productionName(name string) string {
	if p, ok := published[name]; ok {
		return p
	}
	return name
}

func alternatives(e *ebnf.Expression) string {
	var out []string
	for _, s := range e.Alternatives {
		out = append(out, sequence(s))
	}
	return strings.Join(out, " | ")
}

func sequence(s *ebnf.Sequence) string {
	var out []string
	for _, t := range s.Terms {
		out = append(out, term(t))
	}
	return strings.Join(out, " ")
}

func term(t *ebnf.Term) string {
	text := t.Literal
	switch {
	case t.Name != "":
		text = productionName(t.Name)
	case t.Token != "":
		text = strings.ToUpper(t.Token[:1]) + t.Token[1:]
	case t.Group != nil:
		text = alternatives(t.Group.Expr)
	}
	switch {
	case t.Repetition == "*":
		return "{ " + text + " }"
	case t.Repetition == "?":
		return "[ " + text + " ]"
	case t.Group != nil && (len(t.Group.Expr.Alternatives) > 1 || len(t.Group.Expr.Alternatives[0].Terms) > 1):
		return "( " + text + " )"
	}
	return text
}

// TestGrammarIsLL1 computes, for every choice in the grammar, the tokens that begin its branches, and checks that no
// token begins two of them. The sets are those of the textbooks (Aho, Lam, Sethi, Ullman, Compilers, §4.4.2).
func TestGrammarIsLL1(t *testing.T) {
	a := &analysis{t: t, productions: map[string]*ebnf.Expression{}, first: map[string]set{}, follow: map[string]set{}}
	g := grammar(t)
	for _, p := range g.Productions {
		a.productions[p.Production] = p.Expression
		a.first[p.Production], a.follow[p.Production] = set{}, set{}
	}
	for a.changed = true; a.changed; {
		a.changed = false
		for name, e := range a.productions {
			a.add(a.first[name], a.expression(e, a.follow[name], false))
		}
	}
	for _, p := range g.Productions {
		a.name = p.Production
		a.expression(p.Expression, a.follow[p.Production], true)
	}
	if a.choices < 20 {
		t.Errorf("only %d choices were checked", a.choices)
	}
}

// set is the tokens that may begin something; the token "" says that it may be empty.
type set map[string]bool

type analysis struct {
	t             *testing.T
	productions   map[string]*ebnf.Expression
	first, follow map[string]set
	changed       bool
	name          string // of the production that is checked
	choices       int
}

func (a *analysis) add(to, from set) {
	for k := range from {
		if !to[k] {
			to[k] = true
			a.changed = true
		}
	}
}

// then returns what begins x followed by what after begins.
func then(x, after set) set {
	out := set{}
	for k := range x {
		if k != "" {
			out[k] = true
		}
	}
	if x[""] {
		for k := range after {
			out[k] = true
		}
	}
	return out
}

func (a *analysis) distinct(sets ...set) {
	a.choices++
	seen := set{}
	for _, s := range sets {
		for k := range s {
			if seen[k] {
				a.t.Errorf("in %s, the token %q begins two branches", a.name, k)
			}
			seen[k] = true
		}
	}
}

// expression returns what begins an expression that is followed by what after begins, and checks its choices.
func (a *analysis) expression(e *ebnf.Expression, after set, check bool) set {
	out := set{}
	var branches []set
	for _, s := range e.Alternatives {
		x := a.sequence(s, after, check)
		branches = append(branches, then(x, after))
		for k := range x {
			out[k] = true
		}
	}
	if check && len(branches) > 1 {
		a.distinct(branches...)
	}
	return out
}

func (a *analysis) sequence(s *ebnf.Sequence, after set, check bool) set {
	out := set{"": true}
	for _, term := range slices.Backward(s.Terms) {
		out = then(a.term(term, then(out, after), check), out)
	}
	return out
}

func (a *analysis) term(term *ebnf.Term, after set, check bool) set {
	repeated := term.Repetition == "*"
	var x set
	around := after
	for range 2 { // what is repeated is followed by itself
		switch {
		case term.Name != "":
			a.add(a.follow[term.Name], around)
			x = a.first[term.Name]
		case term.Group != nil:
			x = a.expression(term.Group.Expr, around, check)
		default:
			x = set{term.Literal + term.Token: true}
		}
		if !repeated {
			break
		}
		around = then(x, set{})
		for k := range after {
			around[k] = true
		}
	}
	if term.Repetition != "" {
		if check {
			a.distinct(then(x, set{}), after)
		}
		out := set{"": true}
		for k := range x {
			out[k] = true
		}
		return out
	}
	return x
}
