// Package units writes quantities for people.
package units

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bytes writes a number of bytes in the largest binary unit that it fills, with one decimal: 2.3 GiB, 512 bytes.
func Bytes(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d bytes", n)
	}
	value, unit := float64(n)/1024, 0
	for ; value >= 1024; unit++ {
		value /= 1024
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGTPE"[unit])
}

// ParseBytes reads a positive number of bytes with a unit, binary or decimal: 512MiB, 1.5 GB, 2g.
func ParseBytes(text string) (int64, error) {
	number := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	value, err := strconv.ParseFloat(number, 64)
	factor, ok := factors[strings.ToLower(strings.TrimSpace(text[len(number):]))]
	if err != nil || !ok || strings.Contains(number, "_") || !(value > 0) || value*factor >= math.MaxInt64 || value*factor < 1 {
		return 0, fmt.Errorf("write a size as a positive number and a unit: 512MiB, 1.5GiB, 2GB")
	}
	return int64(value * factor), nil
}

// factors are the bytes of a unit.
var factors = map[string]float64{
	"": 1, "b": 1, "bytes": 1,
	"k": 1 << 10, "kib": 1 << 10, "m": 1 << 20, "mib": 1 << 20, "g": 1 << 30, "gib": 1 << 30, "t": 1 << 40, "tib": 1 << 40,
	"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
}
