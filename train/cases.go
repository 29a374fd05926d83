package train

import (
	"fmt"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vnlang/vn/internal/rng"
)

// The first coordinates of the random streams that a run draws from; each use has its own.
const (
	streamSplit = iota + 1
	streamOrder
	streamAugment
)

// Case is one labelled image of a data set.
type Case struct {
	Name  string // what the * of the patterns stands for
	Image string // path of the file
	Label string // path of the file
}

// FindCases returns the cases in a directory, sorted by name. The patterns of an image and its label have one * each,
// which stands for the same text in both, within one path element: "*.mhd" and "*_segmentation.mhd", or
// "*/t2.nii.gz" and "*/prostate.nii.gz". A file that matches the label's pattern is no image. An image without its
// label, and a directory without a pair, are errors.
func FindCases(directory string, d Data) ([]Case, error) {
	images, err := match(directory, d.Image)
	if err != nil {
		return nil, fmt.Errorf("find images: %w", err)
	}
	labels, err := match(directory, d.Label)
	if err != nil {
		return nil, fmt.Errorf("find labels: %w", err)
	}
	if path.Clean(d.Image) == path.Clean(d.Label) {
		return nil, fmt.Errorf("find cases: images and labels have the same pattern %q: tell them apart", d.Image)
	}
	isLabel := map[string]bool{}
	for _, label := range labels {
		isLabel[label] = true
	}
	var cases []Case
	var alone []string
	for name, image := range images {
		label, found := labels[name]
		switch {
		case isLabel[image]:
		case !found:
			alone = append(alone, image)
		default:
			cases = append(cases, Case{name, image, label})
		}
	}
	slices.SortFunc(cases, func(a, b Case) int { return strings.Compare(a.Name, b.Name) })
	switch {
	case len(alone) > 0:
		slices.Sort(alone)
		return nil, fmt.Errorf("find cases in %s: no label matching %q for %s: add it, or move the image away", directory, d.Label, enumerate(alone))
	case len(cases) == 0 && len(images) > 0:
		return nil, fmt.Errorf("find cases in %s: all %d files that match image = %q match label = %q too: narrow the label's pattern", directory, len(images), d.Image, d.Label)
	case len(cases) == 0:
		return nil, fmt.Errorf("find cases in %s: no file matches image = %q: check the directory and the pattern of the data block", directory, d.Image)
	}
	return cases, nil
}

// match returns the files in a directory that match a slash-separated pattern, by what its * stands for.
func match(directory, pattern string) (map[string]string, error) {
	if strings.Count(pattern, "*") != 1 {
		return nil, fmt.Errorf("the pattern %q must have one *, which stands for the case's name", pattern)
	}
	if !filepath.IsLocal(filepath.FromSlash(pattern)) {
		return nil, fmt.Errorf("the pattern %q must stay inside the data directory", pattern)
	}
	elements := strings.Split(path.Clean(pattern), "/")
	star := slices.IndexFunc(elements, func(element string) bool { return strings.Contains(element, "*") })
	prefix, suffix, _ := strings.Cut(elements[star], "*")
	parent := filepath.Join(directory, filepath.Join(elements[:star]...))
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil, fmt.Errorf("list the data directory: %w", err)
	}
	found := map[string]string{}
	for _, entry := range entries {
		name := entry.Name()
		if len(name) <= len(prefix)+len(suffix) || !strings.HasPrefix(name, prefix) || !strings.HasSuffix(name, suffix) {
			continue
		}
		file := filepath.Join(parent, name, filepath.Join(elements[star+1:]...))
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			found[name[len(prefix):len(name)-len(suffix)]] = file
		}
	}
	return found, nil
}

// enumerate returns the first few of the names, and how many more there are.
func enumerate(names []string) string {
	const few = 5
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}

// Split holds out the given fraction of the cases for validation: at least one, and at most all but one. Which ones
// depends on the seed and the number of cases alone. Both parts keep their order. A fraction of 0 holds out none.
func Split(cases []Case, fraction float64, seed uint64) (training, validation []Case, err error) {
	if fraction == 0 {
		return cases, nil, nil
	}
	if len(cases) < 2 {
		return nil, nil, fmt.Errorf("hold out cases for validation: there is only %d: add cases, or set validation = 0", len(cases))
	}
	count := min(max(int(math.Round(fraction*float64(len(cases)))), 1), len(cases)-1)
	held := make([]bool, len(cases))
	for _, i := range rng.New(seed, streamSplit).Perm(len(cases))[:count] {
		held[i] = true
	}
	for i, c := range cases {
		if held[i] {
			validation = append(validation, c)
		} else {
			training = append(training, c)
		}
	}
	return training, validation, nil
}
