"""Files of papers in every form that is read: which form a file has, and its papers one by one in bounded memory."""
