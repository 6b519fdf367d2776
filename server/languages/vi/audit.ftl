# Nhật ký hoạt động. Mỗi việc là một thuộc tính của audit-verb, dấu chấm thành gạch nối.
audit-title = Nhật ký hoạt động
audit-lead = Ai đã thay đổi gì, khi nào. Nhật ký chỉ thêm, không sửa, không xóa.
audit-none = Chưa có gì.
audit-older = Cũ hơn
audit-verb = Thay đổi
    .session-open = Đăng nhập
    .person-add = Thêm người dùng
    .person-password = Đổi mật khẩu
    .person-close = Khóa người dùng
    .person-reopen = Mở khóa người dùng
    .role-give = Giao vai trò
    .role-take = Bỏ vai trò
    .token-create = Tạo mã truy cập
    .token-revoke = Thu hồi mã truy cập
    .area-add = Thêm địa bàn
    .area-change = Sửa địa bàn
    .server-restore = Khôi phục máy chủ từ bản sao lưu
