package diag

func init() {
	add(
		Entry{"internal/graph", "the compiler does not take what the elaborator made",
			"This is a fault of the compiler and none of the program. Please report it with the program; the place is that of the " +
				"operation that was not taken.", ""},
	)
}
