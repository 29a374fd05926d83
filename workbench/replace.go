package workbench

import "os"

// isSource reports whether a file is one of those that the model was made of.
func (m *Model) isSource(path string) bool {
	if m.sources.folder == "" {
		return false
	}
	for name := range m.sources.texts {
		if SameFile(path, m.sources.folder+name) {
			return true
		}
	}
	return false
}

// SameFile reports whether two paths lead to one file that is there.
func SameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
