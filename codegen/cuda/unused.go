package cuda

import "strings"

// Where a kernel's shape makes something the same for all threads, a name that says where it is stays unused, and a
// compiler warns. Which names those are depends on every line that follows; so it is decided when all are written.

// constants are the declarations of indices that may go: they have no effects.
var constants = []string{"const int ", "const long long ", "const vn_u32 ", "const bool "}

// used returns the text of a kernel without the constants that nothing in their block uses.
func used(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i := len(lines) - 1; i >= 0; i-- { // what uses a name comes behind it, and may go itself
		statement := strings.TrimLeft(lines[i], " ")
		indent := len(lines[i]) - len(statement)
		for _, constant := range constants {
			if strings.HasPrefix(statement, constant) {
				kept := usedIn(statement[len(constant):], blockBehind(lines[i+1:], indent))
				lines[i] = ""
				if kept != "" {
					lines[i] = strings.Repeat(" ", indent) + constant + kept
				}
			}
		}
	}
	return strings.Join(lines, "")
}

// blockBehind returns the lines up to the end of the block that lines of an indentation are in.
func blockBehind(lines []string, indent int) []string {
	for i, line := range lines {
		if strings.TrimSpace(line) != "" && line[0] != '#' && len(line)-len(strings.TrimLeft(line, " ")) < indent {
			return lines[:i]
		}
	}
	return lines
}

// usedIn returns a list of declarators, with the end of its line, without those that neither the rest of it nor the lines
// behind it use; "" where none are left.
func usedIn(declarators string, behind []string) string {
	list, end, ok := strings.Cut(declarators, ";")
	after := strings.TrimSpace(end)
	if !ok || strings.ContainsAny(list, "[{<") || after != "" && !strings.HasPrefix(after, "//") {
		return declarators // an array, what may be a template's list, or more than a statement
	}
	var kept []string
	all := commas(list)
	for i := len(all) - 1; i >= 0; i-- {
		name, _, _ := strings.Cut(all[i], " = ")
		if mentions(kept, name) || mentions(behind, name) {
			kept = append([]string{all[i]}, kept...)
		}
	}
	if kept == nil {
		return ""
	}
	return strings.Join(kept, ", ") + ";" + end
}

// commas splits a list at the commas that are in no parentheses.
func commas(list string) []string {
	var all []string
	depth, from := 0, 0
	for i, c := range list {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				all, from = append(all, list[from:i]), i+2
			}
		}
	}
	return append(all, list[from:])
}

// mentions reports whether lines have a name outside their comments.
func mentions(lines []string, name string) bool {
	for _, line := range lines {
		line, _, _ = strings.Cut(line, "//")
		for at := strings.Index(line, name); at >= 0; {
			end := at + len(name)
			if (at == 0 || !isWord(line[at-1])) && (end == len(line) || !isWord(line[end])) {
				return true
			}
			next := strings.Index(line[end:], name)
			if next < 0 {
				break
			}
			at = end + next
		}
	}
	return false
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
