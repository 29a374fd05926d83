package cuda

import "strings"

// A text is compiled in parts, which a machine with several cores compiles at once: a compiler for CUDA takes a third of a
// second for a convolution, and uses one core. The kernels know nothing of each other, so every part is the prelude and
// some of them.
const (
	partMark  = "\n// -- The kernels from here on can be compiled apart from those above. --\n"
	partBytes = 48 << 10 // of kernels, about
)

// Parts returns the translation units of a module's text: together they have its kernels, and each compiles by itself.
func Parts(text string) []string {
	pieces := strings.Split(text, partMark)
	parts := []string{pieces[0]}
	if len(pieces) > 1 { // the first piece is what all stand on
		parts = nil
		for _, kernels := range pieces[1:] {
			parts = append(parts, pieces[0]+kernels)
		}
	}
	return parts
}
