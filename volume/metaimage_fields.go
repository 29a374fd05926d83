package volume

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// metaFields are the values of a header by their keys, which are case sensitive.
type metaFields map[string]string

// first returns the first of the keys that the header has, and its value.
func (f metaFields) first(keys ...string) (key, value string, ok bool) {
	for _, key := range keys {
		if value, ok := f[key]; ok {
			return key, value, true
		}
	}
	return "", "", false
}

func (f metaFields) require(keys ...string) error {
	for _, key := range keys {
		if _, ok := f[key]; ok {
			continue
		}
		for _, other := range slices.Sorted(maps.Keys(f)) {
			if strings.EqualFold(other, key) {
				return fmt.Errorf("the header has no %s: keys are case sensitive, write %s instead of %s", key, key, other)
			}
		}
		return fmt.Errorf("the header has no %s, which every MetaImage needs", key)
	}
	return nil
}

// numbers returns the n finite numbers of the first key that the header has, or nil if it has none.
func (f metaFields) numbers(n int, keys ...string) ([]float64, error) {
	key, value, ok := f.first(keys...)
	if !ok {
		return nil, nil
	}
	words := strings.Fields(value)
	if len(words) != n {
		return nil, fmt.Errorf("%s has %d numbers, and NDims = %s needs %d", key, len(words), f["NDims"], n)
	}
	numbers := make([]float64, n)
	for i, word := range words {
		number, err := strconv.ParseFloat(word, 64)
		if err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
			return nil, fmt.Errorf("%s = %.80s: %.40q is no finite number", key, value, word)
		}
		numbers[i] = number
	}
	return numbers, nil
}

// integer returns a whole number, or absent if the header has no such key.
func (f metaFields) integer(key string, absent int64) (int64, error) {
	value, ok := f[key]
	if !ok {
		return absent, nil
	}
	number, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is %.40q: it must be a whole number", key, value)
	}
	return number, nil
}

// flag returns the truth of the first key that the header has: MetaIO looks at the first letter alone.
func (f metaFields) flag(keys ...string) (value, ok bool) {
	_, text, ok := f.first(keys...)
	return ok && text != "" && strings.ContainsRune("Tt1", rune(text[0])), ok
}
