package syntax

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"
)

// The kinds of tokens. Foreign, Unclosed and Other are no part of the language: with them every text can be scanned to
// its end.
const (
	spaceToken    lexer.TokenType = iota + 1
	commentToken                  // from // to the end of the line
	keywordToken                  // a word of Keywords
	identToken                    // letter { letter | digit }, where _ is a letter
	numberToken                   // digits [ "." digits ] [ ( "e" | "E" ) [ "+" | "-" ] digits ] [ unit ], the unit an ident
	stringToken                   // from quote to quote on one line; a backslash takes the quote behind it along
	signToken                     // operators and brackets
	foreignToken                  // a sign of another language: && ; or a comment: # /*
	unclosedToken                 // a string that does not end on its line
	otherToken                    // any other character, a run of them beyond ASCII
)

// Keywords are the words that are no names.
var Keywords = []string{"model", "block", "data", "train", "stage", "for", "in", "if", "else", "require", "return",
	"import", "as", "on", "true", "false", "and", "or", "not"}

// signs are the tokens of one and two characters that are no words.
var signs = map[string]lexer.TokenType{}

func init() {
	for _, s := range strings.Fields("|> .. == != <= >= + - * / % ^ < > = ( ) { } [ ] , : .") {
		signs[s] = signToken
	}
	for _, s := range strings.Fields("&& || ** += -= *= /= %= -> => ;") {
		signs[s] = foreignToken
	}
}

var isKeyword = func() map[string]bool {
	words := map[string]bool{}
	for _, w := range Keywords {
		words[w] = true
	}
	return words
}()

// lex returns the kind and the length of the token at the beginning of a text that is not empty.
func lex(text string) (lexer.TokenType, int) {
	switch c := text[0]; {
	case strings.IndexByte(" \t\r\n", c) >= 0:
		return spaceToken, len(text) - len(strings.TrimLeft(text, " \t\r\n"))
	case strings.HasPrefix(text, "//"):
		return commentToken, lineLength(text)
	case isLetter(c):
		n := wordLength(text)
		if isKeyword[text[:n]] {
			return keywordToken, n
		}
		return identToken, n
	case isDigit(c):
		return numberToken, numberLength(text)
	case c == '"':
		return lexString(text)
	case c == '#':
		return foreignToken, lineLength(text)
	case strings.HasPrefix(text, "/*"):
		if end := strings.Index(text, "*/"); end >= 0 {
			return foreignToken, end + 2
		}
		return foreignToken, lineLength(text)
	case c == '\'':
		if end := strings.IndexByte(text[1:lineLength(text)], '\''); end >= 0 {
			return foreignToken, end + 2
		}
	}
	for n := min(2, len(text)); n > 0; n-- {
		if kind, ok := signs[text[:n]]; ok {
			return kind, n
		}
	}
	if strings.HasPrefix(text, "“") {
		if end := strings.Index(text[:lineLength(text)], "”"); end > 0 {
			return otherToken, end + len("”")
		}
	}
	n := 1
	for n < len(text) && text[0] >= utf8.RuneSelf && text[n] >= utf8.RuneSelf {
		n++
	}
	return otherToken, n
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

// lineLength returns the length of a text up to the end of its first line.
func lineLength(text string) int {
	if n := strings.IndexByte(text, '\n'); n >= 0 {
		return n
	}
	return len(text)
}

// wordLength returns how many letters and digits a text begins with.
func wordLength(text string) int {
	n := 0
	for n < len(text) && (isLetter(text[n]) || isDigit(text[n])) {
		n++
	}
	return n
}

// digits returns how many digits stand at an offset of a text.
func digits(text string, at int) int {
	n := at
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return n - at
}

// numberLength returns the length of a number with its unit. A point or an e without digits behind it is no part of
// the number, so that 1..3 is a range.
func numberLength(text string) int {
	n := digits(text, 0)
	if n < len(text) && text[n] == '.' {
		if d := digits(text, n+1); d > 0 {
			n += 1 + d
		}
	}
	if n < len(text) && (text[n] == 'e' || text[n] == 'E') {
		sign := n + 1
		if sign < len(text) && (text[sign] == '+' || text[sign] == '-') {
			sign++
		}
		if d := digits(text, sign); d > 0 {
			n = sign + d
		}
	}
	if n < len(text) && isLetter(text[n]) {
		n += wordLength(text[n:])
	}
	return n
}

func lexString(text string) (lexer.TokenType, int) {
	end := lineLength(text)
	for i := 1; i < end; i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return stringToken, i + 1
		}
	}
	return unclosedToken, end
}

// tokens tells participle the kinds of tokens that the grammar speaks of.
type tokens struct{}

// Symbols returns the kinds by name.
func (tokens) Symbols() map[string]lexer.TokenType {
	return map[string]lexer.TokenType{"EOF": lexer.EOF, "Ident": identToken, "Number": numberToken, "String": stringToken}
}

// Lex is never used: parsers get tokens that were scanned before.
func (tokens) Lex(name string, _ io.Reader) (lexer.Lexer, error) {
	return nil, fmt.Errorf("reading %s: tokens are scanned by Parse", name)
}
