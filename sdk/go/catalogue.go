package receiver

// canonicalNames finds the catalogue's name for any alias.
var canonicalNames = func() map[string]string {
	canonical := map[string]string{}
	for name, all := range catalogueNames {
		for _, alias := range all {
			canonical[alias] = name
		}
	}
	return canonical
}()
