package syntax

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/vnlang/vn/lang/source"
)

// TestAnyLayout writes programs in layouts that nobody would choose, with comments in the oddest places. Formatting
// keeps the program and every comment.
func TestAnyLayout(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	spaces := []string{" ", " ", " ", " ", "\n", "\n\n\n", "\t", " // c\n", "\n/// d\n", "\r\n", "\n\n// c\n\n"}
	for _, path := range glob(t, "testdata/format/*.txtar") {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tokens := scan(source.NewFile(path, string(archive.Files[0].Data))).tokens
		for range 20 {
			var b strings.Builder
			for _, token := range tokens {
				b.WriteString(spaces[random.Intn(len(spaces))])
				b.WriteString(token.Value)
			}
			printed := checkFormat(t, b.String())
			if want, got := strings.Count(b.String(), "//"), strings.Count(printed, "//"); want != got {
				t.Fatalf("%d comments became %d:\n%s\n----\n%s", want, got, b.String(), printed)
			}
		}
	}
}
