"""A line of text that asks for faces by any column: 'given = fear and man_p_given < 0.2 and not reviewed'."""
