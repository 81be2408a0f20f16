/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _L4_HOST_IPC_H
#define _L4_HOST_IPC_H

extern unsigned long l4_ipc_entry;
extern unsigned long l4_unmap_entry;

#endif /* _L4_HOST_IPC_H */
