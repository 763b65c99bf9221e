"""From shaped rows to the vendor's slots: what is measured, how values share the slots, and how a long value is cut."""
